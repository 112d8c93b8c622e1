export async function probeFeatures() { return {}; }
