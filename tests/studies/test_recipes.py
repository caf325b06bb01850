"""Recipes for machines: scripts run against stand-ins, manifests fit their schemas, a database starts.

What the machine lacks is skipped, with its reason.
"""

from __future__ import annotations

import copy
import json
import os
import pwd
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import guides
import pytest
import slurm_stand_ins
import sqlalchemy
import typer
from study_laws import STUDIES

from jrtune.cli.app import app

MACHINES = STUDIES / "elsewhere/machines"
SCRIPTS = sorted(MACHINES.glob("*.sh"))
MANIFESTS = sorted(MACHINES.glob("kubernetes/*.yaml"))
GUIDE = guides.GUIDES / "machines.md"
STORAGE = "postgresql+psycopg://jrtune@database:5432/jrtune"
STUDY = "studies/image_edges.py"
HOUR = 3600


def needed(program):
    path = shutil.which(program)
    if not path:
        pytest.skip(f"{program} is not installed")
    return path


# --- scripts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_is_sound(script):
    subprocess.run(["bash", "-n", script], check=True)
    done = subprocess.run([needed("shellcheck"), script], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


class Cluster:
    """A folder with stand-ins on PATH, and what they noted."""

    def __init__(self, folder: Path):
        slurm_stand_ins.install(folder / "bin")
        self.folder = folder
        self.notes = folder / "notes"
        path = f"{folder / 'bin'}:{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "STAND_IN_NOTES": str(self.notes), "STORAGE": STORAGE}

    def start(self, *command, **environment):
        return subprocess.Popen(
            [str(word) for word in command],
            cwd=self.folder,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command, status=0, **environment):
        process = self.start(*command, **environment)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == status, errors + self.log()
        return errors

    def calls(self, program):
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        return [call for call in map(json.loads, lines) if call["program"] == program]

    def wait_for(self, program, count=1):
        deadline = time.monotonic() + 30
        while len(self.calls(program)) < count:
            assert time.monotonic() < deadline, f"no {program}: {self.log()}"
            time.sleep(0.02)
        return self.calls(program)

    def log(self):
        return "\n".join(path.read_text() for path in self.folder.glob("*.log"))


@pytest.fixture
def cluster(tmp_path):
    return Cluster(tmp_path)


def options_of(arguments):
    """Option -> its value, True where it has none."""
    following = [*arguments[1:], "--"]
    return {
        word: True if after.startswith("--") else after
        for word, after in zip(arguments, following, strict=True)
        if word.startswith("--")
    }


def test_one_gpu(cluster):
    cluster.run("bash", MACHINES / "one_gpu.sh", STUDY, "--trials", "192", "--finish")
    [call] = cluster.calls("jrtune")
    assert call["arguments"][:2] == ["tune", STUDY]
    options = options_of(call["arguments"])
    assert (options["--device"], options["--workers"]) == ("cuda", "1")
    assert (options["--trials"], options["--finish"]) == ("192", True)
    assert "a study file" in cluster.run("bash", MACHINES / "one_gpu.sh", status=1)


def test_eight_gpus_go_on_alone_and_end_by_a_signal(cluster):
    cluster.run("bash", MACHINES / "eight_gpus.sh", STUDY, "--trials", "960", STAND_IN_WAITS="1")
    [call] = cluster.wait_for("jrtune")
    options = options_of(call["arguments"])
    assert (options["--workers"], options["--trials"]) == ("8", "960")
    assert options["--threads-per-worker"] == "7"  # of 64 cores
    pid = int((cluster.folder / "jrtune.pid").read_text())
    os.kill(pid, signal.SIGHUP)  # nohup
    time.sleep(0.1)
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_every_task_of_an_array_is_a_coordinator_on_one_database(cluster):
    cluster.run("sbatch", "--array=1-3", MACHINES / "slurm_array.sh", STUDY, "--trials", "1000")
    calls = cluster.calls("jrtune")
    assert len(calls) == 3
    for call in calls:
        assert call["arguments"][:2] == ["tune", STUDY]
        options = options_of(call["arguments"])
        assert (options["--storage"], options["--trials"]) == (STORAGE, "1000")
        assert (options["--workers"], options["--threads-per-worker"]) == ("1", "8")
        assert options["--checkpoints"] == str(cluster.folder / "checkpoints")  # of all of them
        assert int(options["--time-limit"]) == pytest.approx(4 * HOUR - 600, abs=30)
    assert {path.name for path in cluster.folder.glob("*.log")} == {f"jrtune-4000_{k}.log" for k in (1, 2, 3)}


def test_slurms_signal_reaches_a_coordinator_of_an_array(cluster):
    job = cluster.start("sbatch", "--array=1-1", MACHINES / "slurm_array.sh", STUDY, STAND_IN_WAITS="1")
    cluster.wait_for("jrtune")
    job.terminate()
    job.communicate(timeout=30)
    assert cluster.calls("sbatch")[0]["status"] == "143"


@pytest.mark.parametrize("script", ["slurm_array.sh", "slurm_ray.sh"])
def test_a_job_without_a_database_says_so(script, cluster):
    cluster.run("sbatch", MACHINES / script, STUDY, status=1, STORAGE="")
    assert "STORAGE: the URL of a PostgreSQL database" in cluster.log()
    assert not cluster.calls("jrtune")


def test_ray_inside_a_job(cluster):
    cluster.run(
        "sbatch", MACHINES / "slurm_ray.sh", STUDY, "--trials", "1000", "--finish", STAND_IN_NODES="4"
    )
    [call] = cluster.calls("jrtune")
    options = options_of(call["arguments"])
    assert (options["--engine"], options["--address"]) == ("ray", "auto")
    assert (options["--storage"], options["--finish"]) == (STORAGE, True)
    assert int(options["--time-limit"]) == pytest.approx(12 * HOUR - 600, abs=30)
    assert call["RAY_ADDRESS"] == "10.1.2.3:24000"
    assert call["SRUN_CPUS_PER_TASK"] == "64"
    assert call["RAY_AUTH_MODE"] == "token"
    assert re.fullmatch("[0-9a-f]{64}", call["RAY_AUTH_TOKEN"])
    head, *others = [options_of(call["arguments"]) for call in cluster.calls("ray")]
    assert head["--head"] is True
    assert len(others) == 3
    for node in others:
        assert "--address=10.1.2.3:24000" in node
        assert {"--num-cpus=64", "--num-gpus=8"} <= set(node) & set(head)
    steps = [" ".join(call["arguments"]) for call in cluster.calls("srun")]
    assert sorted(step.split(" ray ")[0] for step in steps) == [
        "--nodes=1 --ntasks=1 --nodelist=node1",
        "--nodes=3 --ntasks=3 --exclude=node1 --no-kill --kill-on-bad-exit=0 --wait=0",
    ]
    assert len(cluster.wait_for("ray ended", 4)) == 4  # before the job did: nothing goes on after it


def test_ray_on_one_node_has_a_head_alone(cluster):
    cluster.run("sbatch", "--nodes=1", MACHINES / "slurm_ray.sh", STUDY)
    assert len(cluster.calls("ray")) == len(cluster.calls("jrtune")) == 1


def test_slurms_signal_reaches_the_coordinator_and_ray_ends_after_it(cluster):
    job = cluster.start("sbatch", MACHINES / "slurm_ray.sh", STUDY, STAND_IN_WAITS="1")
    cluster.wait_for("jrtune")
    cluster.wait_for("ray", 4)
    assert not cluster.calls("ray ended")
    job.terminate()
    job.communicate(timeout=30)
    assert cluster.calls("sbatch")[0]["status"] == "143"
    assert len(cluster.calls("ray ended")) == 4


def test_a_head_that_does_not_come_up_ends_the_job(cluster):
    cluster.run("sbatch", MACHINES / "slurm_ray.sh", STUDY, status=1, STAND_IN_NO_HEAD="1")
    assert not cluster.calls("jrtune")
    assert len(cluster.calls("ray ended")) == 1


def test_the_stand_ins_refuse_what_slurm_does_not_know(cluster):
    script = cluster.folder / "wrong.sh"
    script.write_text("#!/bin/bash\n#SBATCH --gpu-per-node=8\n")
    assert "unrecognized option '--gpu-per-node=8'" in cluster.run("sbatch", script, status=1)
    assert "unrecognized option '--node=1'" in cluster.run("srun", "--node=1", "true", status=1)


# --- PostgreSQL ------------------------------------------------------------------------------


@pytest.fixture
def home():
    """(a folder, keywords for subprocess) of a user who is not root, as whom PostgreSQL does not start."""
    memory = Path("/dev/shm")  # a database waits for its disk
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 500e6
    with tempfile.TemporaryDirectory(dir=memory if roomy else None) as name:
        folder = Path(name)
        shutil.copy(MACHINES / "postgres.sh", folder)
        if os.geteuid():
            yield folder, {}
        else:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            yield folder, {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def test_a_database_of_ones_own(home, monkeypatch):
    folder, user = home
    if not shutil.which("initdb") and not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        pytest.skip("PostgreSQL's server is not installed")
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'jrtune[postgres]'")
    environment = os.environ | {"PORT": str(free_port()), "HOST": "127.0.0.1", "HOME": str(folder)}

    def postgres(action, **more):
        command = ["bash", folder / "postgres.sh", action, folder / "server"]
        done = subprocess.run(
            command, cwd=folder, env=environment | more, capture_output=True, text=True, **user
        )
        assert done.returncode == 0, done.stderr
        return dict(re.findall(r"^export (\w+)=(\S+)$", done.stdout, flags=re.MULTILINE))

    exports = postgres("start")
    try:
        assert exports["STORAGE"] == f"postgresql+psycopg://jrtune@127.0.0.1:{environment['PORT']}/jrtune"
        assert Path(exports["PGPASSFILE"]).stat().st_mode & 0o077 == 0
        engine = sqlalchemy.create_engine(exports["STORAGE"], poolclass=sqlalchemy.NullPool)
        monkeypatch.setenv("PGPASSFILE", str(folder / "none"))
        with pytest.raises(sqlalchemy.exc.OperationalError, match="password"):
            engine.connect()
        monkeypatch.setenv("PGPASSFILE", exports["PGPASSFILE"])
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("CREATE TABLE before_a_stop (x INTEGER)"))
        assert postgres("start") == exports  # runs already
        postgres("stop")
        assert postgres("start", PORT="1") == exports  # the port is that of the first start
        with engine.begin() as connection:
            assert connection.execute(sqlalchemy.text("SELECT count(*) FROM before_a_stop")).scalar() == 0
    finally:
        postgres("stop")


# --- Kubernetes ------------------------------------------------------------------------------


def strict(required="", **properties):
    """A JSON Schema of an object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


TEXT, NUMBER, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
POD = {"type": "object"}  # a pod template, held by Kubernetes' own schema
PARAMETERS = {"type": "object", "additionalProperties": TEXT}
RAY_JOB = strict(
    "apiVersion kind metadata spec",
    apiVersion={"const": "ray.io/v1"},
    kind={"const": "RayJob"},
    metadata=strict("name", name={"type": "string", "maxLength": 47}),
    spec=strict(
        "entrypoint rayClusterSpec",
        entrypoint=TEXT,
        backoffLimit=NUMBER,
        shutdownAfterJobFinishes=FLAG,
        ttlSecondsAfterFinished=NUMBER,
        rayClusterSpec=strict(
            "headGroupSpec",
            rayVersion=TEXT,
            authOptions=strict("mode", mode={"enum": ["disabled", "token"]}),
            headGroupSpec=strict("rayStartParams template", rayStartParams=PARAMETERS, template=POD),
            workerGroupSpecs={
                "type": "array",
                "items": strict(
                    "groupName minReplicas maxReplicas rayStartParams template",
                    groupName=TEXT,
                    replicas=NUMBER,
                    minReplicas=NUMBER,
                    maxReplicas=NUMBER,
                    rayStartParams=PARAMETERS,
                    template=POD,
                ),
            },
        ),
    ),
)
"""The fields that we use of KubeRay's RayJob.

From docs/reference/api.md of ray-project/kuberay at 0057210; authOptions from the notes of its release 1.5.1.
"""


@pytest.fixture
def objects():
    """All objects of the manifests, in their order."""
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    return [found for path in MANIFESTS for found in yaml.safe_load_all(path.read_text())]


def one(objects, kind, name=None):
    [found] = [
        item
        for item in objects
        if item["kind"] == kind and (name is None or item["metadata"]["name"] == name)
    ]
    return found


def groups_of(job):
    cluster = job["spec"]["rayClusterSpec"]
    return [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]


def pods_of(objects):
    """The pod templates of all objects."""
    pods = [item["spec"]["template"] for item in objects if item["kind"] == "StatefulSet"]
    return pods + [group["template"] for group in groups_of(one(objects, "RayJob"))]


def check(item):
    """An object's errors by its schema: that of Kubernetes for its own and for pods, ours for a RayJob."""
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    kubernetes = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed")
    if item["kind"] != "RayJob":
        kubernetes.validate(item, "1.37", strict=True)
        return
    jsonschema.validate(item, RAY_JOB)
    for group in groups_of(item):
        pod = {"apiVersion": "v1", "kind": "PodTemplate", "template": group["template"]}
        kubernetes.validate(pod, "1.37", strict=True)


def test_manifests_fit_their_schemas(objects):
    kinds = [item["kind"] for item in objects]
    assert sorted(kinds) == [
        "PersistentVolumeClaim",
        "PersistentVolumeClaim",
        "RayJob",
        "Service",
        "StatefulSet",
    ]
    for item in objects:
        check(item)


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("StatefulSet", "spec replica", 1),
        ("StatefulSet", "spec template spec containers 0 volumeMounts 0 mountpath", "/x"),
        ("StatefulSet", "spec replicas", "one"),
        ("Service", "spec ports 0 port", "5432/tcp"),
        ("RayJob", "spec entryPoint", "jrtune"),
        ("RayJob", "spec backoffLimit", "ten"),
        ("RayJob", "spec rayClusterSpec authOptions mode", "password"),
        ("RayJob", "spec rayClusterSpec headGroupSpec rayStartParams num-cpus", 0),
        ("RayJob", "spec rayClusterSpec workerGroupSpecs 0 template spec containers 0 images", "x"),
        ("RayJob", "spec rayClusterSpec workerGroupSpecs 0 template spec volumes 0 name", 3),
    ],
)
def test_the_schemas_find_what_is_wrong(kind, path, value, objects):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    wrong = copy.deepcopy(one(objects, kind))
    *parents, last = [int(part) if part.isdigit() else part for part in path.split()]
    inner = wrong
    for part in parents:
        inner = inner[part]
    inner[last] = value
    with pytest.raises(jsonschema.ValidationError):
        check(wrong)


def test_manifests_name_what_is_there(objects):
    claims = {item["metadata"]["name"] for item in objects if item["kind"] == "PersistentVolumeClaim"}
    secret_keys = set()
    for pod in pods_of(objects):
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        containers = [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
        mounts = [mount["name"] for container in containers for mount in container["volumeMounts"]]
        assert set(mounts) == set(volumes)
        for volume in volumes.values():
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in claims
            if "secret" in volume:
                assert volume["secret"]["secretName"] == "jrtune-postgres"
                secret_keys |= {item["key"] for item in volume["secret"]["items"]}
    for text in ((MACHINES / "kubernetes/postgres.yaml").read_text(), GUIDE.read_text()):
        assert "kubectl create secret generic jrtune-postgres" in text
        assert set(re.findall(r"--from-literal=(\w+)=", text)) == secret_keys == {"password", "pgpass"}


def test_the_search_reaches_its_database(objects):
    job, service = one(objects, "RayJob"), one(objects, "Service")
    url = options_of(shlex.split(job["spec"]["entrypoint"]))["--storage"]
    address = f"{service['metadata']['name']}:{service['spec']['ports'][0]['port']}"
    assert url == f"postgresql+psycopg://jrtune@{address}/jrtune"
    labels = one(objects, "StatefulSet")["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"] == labels
    text = (MACHINES / "kubernetes/postgres.yaml").read_text()
    assert f'pgpass="{address}:jrtune:jrtune:$password"' in text
    head = groups_of(job)[0]["template"]["spec"]
    [variable] = [item for item in head["containers"][0]["env"] if item["name"] == "PGPASSFILE"]
    assert head["initContainers"][0]["command"][-1] == variable["value"]
    assert head["initContainers"][0]["command"][1] == "--mode=600"  # libpq takes no other


def test_head_and_workers_run_one_image_with_the_versions_that_are_pinned(objects):
    job = one(objects, "RayJob")
    containers = [
        container
        for group in groups_of(job)
        for container in [
            *group["template"]["spec"].get("initContainers", []),
            *group["template"]["spec"]["containers"],
        ]
    ]
    dockerfile = (MACHINES / "kubernetes/Dockerfile").read_text()
    [image] = {container["image"] for container in containers}
    assert f"--tag {image} ." in dockerfile
    ray = re.search(r"^ARG RAY=ray\[default\]==(\S+)$", dockerfile, flags=re.MULTILINE)[1]
    assert job["spec"]["rayClusterSpec"]["rayVersion"] == ray
    torch = re.search(r"^ARG TORCH=(\S+)$", dockerfile, flags=re.MULTILINE)[1]
    assert f"TORCH  ?= {torch}\n" in (guides.ROOT / "Makefile").read_text()


def test_the_image_is_built_from_files_that_are_there():
    dockerfile = (MACHINES / "kubernetes/Dockerfile").read_text()
    for line in re.findall(r"^COPY (.+)$", dockerfile, flags=re.MULTILINE):
        assert all((guides.ROOT / name).exists() for name in line.split()[:-1])
    done = subprocess.run(
        [needed("hadolint"), MACHINES / "kubernetes/Dockerfile"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


# --- what recipes and the guide say ----------------------------------------------------------

RECIPES = {"one_gpu.sh", "eight_gpus.sh", "slurm_array.sh", "slurm_ray.sh"}
"""Scripts that hand what follows a study's file to jrtune tune."""
PROGRAMS = {
    "bash",
    "docker",
    "eval",
    "export",
    "jrtune",
    "kill",
    "kubectl",
    "pip",
    "sbatch",
    "scancel",
    "tail",
}
"""What commands that are shown begin with; assignments besides."""


def shown():
    """The commands in the guide's blocks and in the comments of recipes, each in its words."""
    comments = [
        "\n".join(re.findall(r"^# {3,}(.*)$", path.read_text(), flags=re.MULTILINE))
        for path in [*SCRIPTS, *MANIFESTS, MACHINES / "kubernetes/Dockerfile"]
    ]
    blocks = [block.text for block in guides.blocks_of(GUIDE.read_text()) if block.language == "bash"]
    return [words for text in [*comments, *blocks] for words in guides.commands_of(text)]


def handed_to_recipes():
    """What follows a recipe's name in the commands that are shown: a study's file and options."""
    for words in shown():
        names = [Path(word).name for word in words]
        for recipe in RECIPES & set(names):
            yield words[names.index(recipe) + 1 :]


def tune_commands():
    """The arguments of every jrtune tune: in scripts, in the manifest, shown, and handed to recipes."""
    for script in SCRIPTS:
        text = script.read_text().replace("\\\n", " ")
        for command in re.findall(r"^(?:exec |nohup )?(jrtune tune .*)$", text, flags=re.MULTILINE):
            yield shlex.split(command)[2:]
    entrypoint = re.search(
        r"entrypoint: >-\n((?: {4}.+\n)+)", (MACHINES / "kubernetes/search.yaml").read_text()
    )[1]
    yield shlex.split(entrypoint)[2:]
    yield from (words[2:] for words in shown() if words[:2] == ["jrtune", "tune"])
    yield from handed_to_recipes()


def options_in(words):
    return {word.split("=")[0] for word in words if re.match(r"--[a-z]", word)}


def options_with_help(command):
    """The options that jrtune COMMAND --help lists."""
    parameters = typer.main.get_command(app).commands[command].params
    return {option for parameter in parameters for option in (*parameter.opts, *parameter.secondary_opts)}


def test_commands_are_found():
    commands = list(tune_commands())
    assert len(commands) >= 4 + 1 + 4  # of scripts, the manifest, handed to recipes
    assert all(words and not words[0].startswith("-") for words in commands)
    assert {"--engine", "--address", "--workers", "--storage", "--checkpoints"} <= set().union(
        *map(options_in, commands)
    )


def test_every_option_of_tune_in_recipes_exists():
    assert set().union(*map(options_in, tune_commands())) <= options_with_help("tune")


def test_other_commands_of_jrtune_exist_with_their_options():
    others = [words for words in shown() if words[0] == "jrtune" and words[1] != "tune"]
    assert len(others) >= 2
    for _, command, *rest in others:
        assert options_in(rest) <= options_with_help(command)


def test_commands_that_are_shown_begin_with_what_is_known():
    for words in shown():
        assert words[0] in PROGRAMS or re.match(r"\w+=", words[0]), words


def test_files_that_are_named_are_there():
    for words in shown():
        for word in re.findall(r"[\w./-]+\.(?:sh|yaml|py)\b", " ".join(words)):
            folders = [guides.ROOT] if "/" in word else [MACHINES, MACHINES / "kubernetes"]
            assert word == "my_study.py" or any((folder / word).is_file() for folder in folders), word


def test_the_guide_names_every_file():
    text = GUIDE.read_text()
    files = [path for path in MACHINES.rglob("*") if path.is_file()]
    assert len(files) == 8
    assert [path.name for path in files if path.name not in text] == []
