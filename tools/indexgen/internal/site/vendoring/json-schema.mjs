export { dereference, format, validate } from "@cfworker/json-schema";
