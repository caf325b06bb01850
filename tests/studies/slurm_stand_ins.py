"""Stand-ins for commands of a cluster: each runs here what the real one would run there, and notes its call.

A file named as the command calls :func:`main`. Calls are lines of JSON in the file that STAND_IN_NOTES names.
Options are those of sbatch(1) and srun(1) of Slurm 22.05; others are refused, as the real commands do.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

SBATCH_OPTIONS = """
account acctg-freq array batch bb bbf begin chdir cluster-constraint clusters comment constraint container
contiguous core-spec cores-per-socket cpu-freq cpus-per-gpu cpus-per-task deadline delay-boot dependency
error exclude exclusive export export-file extra-node-info get-user-env gid gpu-bind gpu-freq gpus
gpus-per-node gpus-per-socket gpus-per-task gres gres-flags hint hold ignore-pbs input job-name
kill-on-invalid-dep licenses mail-type mail-user mcs-label mem mem-bind mem-per-cpu mem-per-gpu mincpus
network nice no-kill no-requeue nodefile nodelist nodes ntasks ntasks-per-core ntasks-per-gpu
ntasks-per-node ntasks-per-socket open-mode output overcommit oversubscribe parsable partition power
prefer priority profile propagate qos quiet reboot requeue reservation signal sockets-per-node spread-job
switches test-only thread-spec threads-per-core time time-min tmp uid usage use-min-nodes verbose wait
wait-all-nodes wckey wrap
"""
SBATCH = set(SBATCH_OPTIONS.split())
SRUN = {
    "nodes",
    "ntasks",
    "nodelist",
    "exclude",
    "no-kill",
    "kill-on-bad-exit",
    "wait",
    "overlap",
    "cpus-per-task",
}
"""Those of srun that recipes may use; it has many more."""


def note(program: str, arguments: list[str], **more: str) -> None:
    call = {"program": program, "arguments": arguments, **more}
    with open(os.environ["STAND_IN_NOTES"], "a") as file:
        file.write(json.dumps(call) + "\n")


def options_of(words: list[str], known: set[str], program: str) -> tuple[dict[str, str], list[str]]:
    """The options before the first other word, and the words from there on."""
    options = {}
    for index, word in enumerate(words):
        found = re.fullmatch(r"--([a-z-]+)(?:=(.+))?", word)
        if not found:
            return options, words[index:]
        if found[1] not in known:
            sys.exit(f"{program}: unrecognized option '{word}'")
        options[found[1]] = found[2] or ""
    return options, []


def sbatch(arguments: list[str]) -> None:
    """Run the script from a copy elsewhere, once for each task of an array; its log lies at --output."""
    ordered, (script, *rest) = options_of(arguments, SBATCH, "sbatch")
    lines = re.findall(r"^#SBATCH +(.*)$", Path(script).read_text(), flags=re.MULTILINE)
    options, others = options_of([word for line in lines for word in line.split()], SBATCH, "sbatch")
    assert not others, f"sbatch: not an option: {others}"
    options |= ordered
    copied = Path(os.environ["STAND_IN_NOTES"]).parent / "slurm_script"
    shutil.copy(script, copied)
    hours, minutes, seconds = map(int, options["time"].split(":"))
    end = datetime.now() + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    nodes = int(options.get("nodes", "1"))
    environment = os.environ | {
        "SLURM_JOB_NODELIST": f"node[1-{nodes}]",
        "SLURM_JOB_NUM_NODES": str(nodes),
        "SLURM_CPUS_PER_TASK": options["cpus-per-task"],
        "SLURM_GPUS_ON_NODE": options.get("gpus-per-node", options.get("gres", ":1").split(":")[-1]),
        "STAND_IN_END": end.isoformat(timespec="seconds"),
    }
    begin, last = map(int, options.get("array", "0-0").split("%")[0].split("-"))
    for task in range(begin, last + 1):
        environment["SLURM_JOB_ID"] = str(4000 + task)
        if "array" in options:
            environment |= {"SLURM_ARRAY_JOB_ID": "4000", "SLURM_ARRAY_TASK_ID": str(task)}
        log = options["output"].replace("%A", "4000").replace("%a", str(task)).replace("%j", "4000")
        with open(log, "a") as file:
            # the batch step alone gets the signals of --signal=B:...; here all that sbatch itself gets
            job = subprocess.Popen(["bash", copied, *rest], env=environment, stdout=file, stderr=file)
            signal.signal(signal.SIGTERM, lambda *_, job=job: job.terminate())
            status = job.wait()
        note("sbatch", arguments, log=log, status=str(status))
        if status:
            sys.exit(1)


def srun(arguments: list[str]) -> None:
    """Run a command as often as --ntasks says, until all have ended; a signal goes to all of them."""
    options, command = options_of(arguments, SRUN, "srun")
    note("srun", arguments)
    tasks = [subprocess.Popen(command) for _ in range(int(options["ntasks"]))]
    signal.signal(signal.SIGTERM, lambda *_: [task.terminate() for task in tasks])
    sys.exit(max(abs(task.wait()) for task in tasks))


def scontrol(arguments: list[str]) -> None:
    if arguments[:2] == ["show", "hostnames"]:
        print(*(f"node{k + 1}" for k in range(int(os.environ["SLURM_JOB_NUM_NODES"]))), sep="\n")
    elif arguments[:2] == ["show", "job"]:
        print(f"JobId={arguments[2]} JobName=jrtune\n   RunTime=00:00:01 TimeLimit=04:00:00 TimeMin=N/A")
        print("   SubmitTime=2026-01-01T00:00:00 EligibleTime=2026-01-01T00:00:00")
        print(f"   StartTime=2026-01-01T00:00:00 EndTime={os.environ['STAND_IN_END']} Deadline=N/A")
    else:
        sys.exit(f"scontrol: {arguments}")


def ray(arguments: list[str]) -> None:
    """``start`` runs until it is told to end; ``health-check`` finds a head at its second try."""
    up = Path(os.environ["STAND_IN_NOTES"]).parent / "up"
    if arguments[0] == "health-check":
        wait_for_nodes(1)
        tried = up.with_name("tried")
        healthy = up.exists() and tried.exists()
        tried.touch()
        sys.exit(not healthy)
    assert arguments[0] == "start"
    assert "--block" in arguments
    signals = received_signals()
    if "--head" in arguments and "STAND_IN_NO_HEAD" not in os.environ:
        up.touch()
    note("ray", arguments)
    while not signals:
        time.sleep(0.02)
    note("ray ended", arguments)


def jrtune(arguments: list[str]) -> None:
    """Ends when the nodes that STAND_IN_NODES says are there; with STAND_IN_WAITS not before a signal."""
    signals = received_signals()
    named = ("RAY_ADDRESS", "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "SRUN_CPUS_PER_TASK")
    note("jrtune", arguments, **{name: os.environ.get(name, "") for name in named})
    wait_for_nodes(int(os.environ.get("STAND_IN_NODES", "0")))
    while "STAND_IN_WAITS" in os.environ:
        if signals:
            sys.exit(143)  # as jrtune does, with everything saved
        time.sleep(0.02)


def wait_for_nodes(count: int) -> None:
    notes = Path(os.environ["STAND_IN_NOTES"])
    while count and notes.read_text().count('"program": "ray"') < count:
        time.sleep(0.02)


def received_signals() -> list[int]:
    """A list that SIGTERM is added to."""
    signals: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: signals.append(number))
    return signals


def hostname(arguments: list[str]) -> None:
    print(
        {"--ip-address": "fd00::1 127.0.1.1", "--all-ip-addresses": "10.1.2.3 172.17.0.1 fd00::1"}[
            arguments[0]
        ]
    )


def sleep(arguments: list[str]) -> None:
    time.sleep(0.01)


def seq(arguments: list[str]) -> None:
    print(1, 2, 3)


def nproc(arguments: list[str]) -> None:
    print(64)


COMMANDS = {
    command.__name__: command
    for command in (sbatch, srun, scontrol, ray, jrtune, hostname, sleep, seq, nproc)
}


def install(folder: Path) -> None:
    """Put a file for each command into a folder for PATH."""
    folder.mkdir()
    for name in COMMANDS:
        text = f"#!{sys.executable} -I\nimport sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        (folder / name).write_text(f"{text}import slurm_stand_ins\nslurm_stand_ins.main({name!r})\n")
        (folder / name).chmod(0o755)


def main(name: str) -> None:
    COMMANDS[name](sys.argv[1:])
