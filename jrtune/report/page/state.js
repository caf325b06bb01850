// What the page shows now, and which trial is chosen.

export const page = { model: null, chosen: null, byRule: true, compared: [], near: true, form: null, tag: null };
export const byId = (id) => document.getElementById(id);

export const COMPARED_COLOURS = [0, 2, 3, 4, 5]; // black is for equal weights, vermilion for the chosen trial
