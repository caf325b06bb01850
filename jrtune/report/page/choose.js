/* Choosing one point of a front, as the command line does: jrtune/pareto/choose.py and its neighbours once
 * more, with the same order of floating point operations and the same ties, so that page and command line
 * name the same point. It exports one object, `choose`, touches no page and changes none of its arguments.
 *
 * costs: n rows of m finite numbers, all to be minimised (what is maximised is negated), n >= 1. Points that
 * another dominates may be among them; they are never chosen and change no choice. What follows returns an index
 * into costs:
 *
 *   choose.knee(costs)
 *   choose.prefer(costs, weights)         weights: m numbers >= 0, not all 0
 *   choose.atLeast(costs, limits, best)   limits: m costs (negated as costs are), null or NaN where there is
 *                                         none; best: column that decides
 *   choose.topsis(costs, weights)         weights: as of prefer
 *   choose.reference(costs, point)        point: m aspired costs (negated as costs are)
 *   choose.beatsSingle(gains)             gains: a row a member; null, or one [gain, low] an objective, as
 *                                         jrtune.analysis.gains.gain_table(...).in_units gives them; low may be null
 *   choose.robust(stability, costs)       stability: n shares, null where nothing is known, as
 *                                         jrtune.analysis.stability.stability_of(...).shares gives them
 *
 * Where no point will do they throw a choose.Refusal; its `nearest` is the index that comes nearest, or null.
 *
 *   choose.neighbours(costs, index)       indices of the points beside one, at most two
 *   choose.against(mine, other, objectives, where)
 *                                         "against WHERE: accuracy 0.01 worse, edge_f1 0.02 better"; mine and
 *                                         other are values in the objectives' own units and signs, objectives
 *                                         have a name and a sign: -1 where maximised, 1 where minimised
 *   choose.reasons                        what the command line gives as its reason: knee, a string; prefer,
 *                                         topsis and reference, functions of [[objective, number], ...] (null
 *                                         where TOPSIS counts all alike). Those of beatsSingle and robust stand
 *                                         in the page's data: gain_table(...) and stability_of(...) give them
 */
export const choose = (() => {
  const TIE = 1e-12;
  const AUGMENTATION = 1e-6;
  const FAR = 1e300;

  class Refusal extends Error {
    constructor(message, nearest = null) {
      super(message);
      this.nearest = nearest;
    }
  }

  // --- what the rules share: jrtune/pareto/normalised.py ---------------------------------------------

  const sum = (values) => values.reduce((total, value) => total + value);
  const least = (values) => values.reduce((a, b) => (b < a ? b : a));
  const greatest = (values) => values.reduce((a, b) => (b > a ? b : a));
  const columns = (points) => points[0].map((_, k) => points.map((point) => point[k]));

  const dominates = (a, b) => a.every((x, k) => x <= b[k]) && a.some((x, k) => x < b[k]);

  const nonDominated = (costs) =>
    costs.map((_, i) => i).filter((i) => !costs.some((other) => dominates(other, costs[i])));

  /** The non-dominated points: their indices, costs, the normalisation, and costs normalised to [0, 1]. */
  function normalisedFront(costs) {
    if (costs.length === 0) throw new Refusal("nothing to choose from");
    const eligible = nonDominated(costs);
    const front = eligible.map((i) => costs[i]);
    const low = columns(front).map((column) => least(column) / 2);
    const extent = columns(front).map((column, k) => greatest(column) / 2 - low[k]);
    const scale = (row) => row.map((x, k) => (x / 2 - low[k]) / (extent[k] > 0 ? extent[k] : 1));
    return { eligible, front, extent, scale, normalised: front.map(scale) };
  }

  function firstLeast(scores) {
    const bound = least(scores) + TIE;
    return scores.findIndex((score) => score <= bound);
  }

  function sharesOf(weights, m) {
    const numbers = weights.length === m && weights.every((w) => Number.isFinite(w) && w >= 0);
    if (!numbers || !weights.some((w) => w > 0)) throw new Refusal("expected weights >= 0, not all 0");
    const most = greatest(weights);
    const shares = weights.map((w) => w / most);
    const total = sum(shares);
    return shares.map((w) => w / total);
  }

  // --- the rules ---------------------------------------------------------------------------------

  function knee(costs) {
    const { eligible, normalised } = normalisedFront(costs);
    return eligible[firstLeast(normalised.map(sum))];
  }

  function prefer(costs, weights) {
    const { eligible, normalised } = normalisedFront(costs);
    const shares = sharesOf(weights, costs[0].length);
    const scores = normalised.map((row) => greatest(row.map((x, k) => shares[k] * x)) + AUGMENTATION * sum(row));
    return eligible[firstLeast(scores)];
  }

  function topsis(costs, weights) {
    const { eligible, extent, normalised } = normalisedFront(costs);
    const shares = sharesOf(weights, costs[0].length);
    const worst = shares.map((w, k) => (extent[k] > 0 ? w : 0));
    const length = (row) => Math.sqrt(sum(row.map((x) => x * x)));
    const scores = normalised.map((row) => {
      const weighted = row.map((x, k) => shares[k] * x);
      const best = length(weighted);
      const both = best + length(weighted.map((x, k) => worst[k] - x));
      return both > 0 ? best / both : 0;
    });
    return eligible[firstLeast(scores)];
  }

  function reference(costs, point) {
    const { eligible, extent, scale, normalised } = normalisedFront(costs);
    if (point.length !== costs[0].length || !point.every(Number.isFinite)) {
      throw new Refusal("expected a value of every objective");
    }
    const aspired = scale(point).map((x) => Math.max(-FAR, Math.min(FAR, x)));
    const open = extent.map((_, k) => k).filter((k) => extent[k] > 0);
    if (open.length === 0) return eligible[0];
    const hardest = least(open.map((k) => aspired[k]));
    const scores = normalised.map(
      (row) => greatest(open.map((k) => row[k] - (aspired[k] - hardest))) + AUGMENTATION * sum(row),
    );
    return eligible[firstLeast(scores)];
  }

  function atLeast(costs, limits, best) {
    const { eligible, front, extent, normalised } = normalisedFront(costs);
    const bounds = limits.map((limit) => (limit === null || Number.isNaN(limit) ? Infinity : limit));
    const feasible = front.map((_, i) => i).filter((i) => front[i].every((x, k) => x <= bounds[k]));
    if (feasible.length > 0) return eligible[feasible[firstLeast(feasible.map((i) => normalised[i][best]))]];
    const excess = front.map((row) =>
      greatest(row.map((x, k) => (x / 2 - bounds[k] / 2) / (extent[k] > 0 ? extent[k] : 1))),
    );
    throw new Refusal("no front member is within the limits: relax one", eligible[firstLeast(excess)]);
  }

  function beatsSingle(gains) {
    const known = gains.map((_, i) => i).filter((i) => gains[i] !== null && gains[i].length > 0);
    if (known.length === 0) throw new Refusal("no front member can be compared with single-task models");
    const shortest = (i) => least(gains[i].map(([gain]) => gain));
    const steadiest = (i) => least(gains[i].map(([gain, low]) => low ?? gain));
    const ahead = known.filter((i) => shortest(i) >= 0);
    if (ahead.length > 0) return ahead[firstLeast(ahead.map((i) => -steadiest(i)))];
    const nearest = known[firstLeast(known.map((i) => -shortest(i)))];
    throw new Refusal("no front member beats every single-task model", nearest);
  }

  function robust(stability, costs) {
    const { eligible, normalised } = normalisedFront(costs);
    const confirmed = eligible.map((_, row) => row).filter((row) => stability[eligible[row]] !== null);
    if (confirmed.length === 0) throw new Refusal("no front member is confirmed: run jrtune confirm");
    const most = greatest(confirmed.map((row) => stability[eligible[row]]));
    const steadiest = confirmed.filter((row) => stability[eligible[row]] >= most - TIE);
    return eligible[steadiest[firstLeast(steadiest.map((row) => sum(normalised[row])))]];
  }

  // --- what the choice gives up: jrtune/pareto/neighbours.py, jrtune/analysis/select/reasons.py -----------

  function neighbours(costs, index) {
    const { eligible, scale, normalised } = normalisedFront(costs);
    const mine = scale(costs[index]);
    const others = eligible.map((_, row) => row).filter((row) => normalised[row].some((x, k) => x !== mine[k]));
    if (mine.length === 2) {
      const sides = [(row) => normalised[row][0] < mine[0], (row) => normalised[row][0] > mine[0]];
      return sides.map((side) => others.filter(side)).filter((side) => side.length > 0).map((side) => {
        const gaps = side.map((row) => Math.abs(normalised[row][0] - mine[0]));
        return eligible[side[gaps.indexOf(least(gaps))]];
      });
    }
    const found = [];
    const left = others.map((row) => [row, sum(normalised[row].map((x, k) => (x - mine[k]) * (x - mine[k])))]);
    while (left.length > 0 && found.length < 2) {
      const [row] = left.splice(firstLeast(left.map(([, gap]) => gap)), 1)[0];
      found.push(row);
      for (let i = left.length - 1; i >= 0; i -= 1) {
        if (normalised[left[i][0]].every((x, k) => x === normalised[row][k])) left.splice(i, 1);
      }
    }
    return found.map((row) => eligible[row]);
  }

  /** What a point costs more or less than another: three digits, an integer where it is large, an exponent
   * where it is tiny. */
  function difference(cost) {
    return cost === 0 ? "the same" : `${amount(Math.abs(cost))} ${cost > 0 ? "worse" : "better"}`;
  }

  function amount(size) {
    if (size >= 999.5) return size.toFixed(0);
    const short = Number(size.toPrecision(3));
    if (short >= 1e-4) return String(short);
    const [digits, exponent] = short.toExponential().split("e-");
    return `${digits}e-${exponent.padStart(2, "0")}`;
  }

  const against = (mine, other, objectives, where) => {
    const costs = objectives.map(({ sign }, k) => sign * (mine[k] - other[k]));
    return `against ${where}: ${objectives.map(({ name }, k) => `${name} ${difference(costs[k])}`).join(", ")}`;
  };

  const listed = (pairs) => pairs.map(([name, value]) => `${name} ${value}`).join(", ");

  const reasons = {
    knee: "the knee of the front: gaining in one objective costs most in the others from here on",
    prefer: (pairs) =>
      `nearest to the best of each objective under the preference ${listed(pairs)} (augmented Chebyshev)`,
    topsis: (pairs) =>
      "nearest to the best and farthest from the worst values of the front, " +
      `${pairs ? `weighted ${listed(pairs)}` : "all objectives counting alike"} (TOPSIS)`,
    reference: (pairs) =>
      `comes nearest to the reference point ${listed(pairs)}, or exceeds it most evenly (achievement function)`,
  };

  return { knee, prefer, topsis, reference, atLeast, beatsSingle, robust, neighbours, against, reasons, Refusal };
})();
