// The page in the lab: networks and pictures come from the server behind it, which computes what is too large here.

export * from "locality/lab/server";
export { mountLab } from "locality/lab/chooser";
