/** Colours that people choose from. */
export const ACCENTS = ["#2f5fd0", "#1976d2", "#0d8577", "#2f8a3c", "#b45f06", "#c2374a", "#a0389a", "#6a4fc8", "#5b6472"];
