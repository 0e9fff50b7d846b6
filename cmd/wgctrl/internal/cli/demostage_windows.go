package cli

// demoHasSockets is false where a daemon's pipe is for administrators alone.
const demoHasSockets = false
