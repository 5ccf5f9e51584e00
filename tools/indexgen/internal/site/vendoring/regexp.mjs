// The library compiles patterns with the flag u, which refuses escapes such as \- that are common and
// harmless. The escape of a letter has another meaning in other dialects, so it is still refused.
const Native = globalThis.RegExp;
const escapes = /\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[^])/g;

function Lenient(source, flags) {
  try {
    return new Native(source, flags);
  } catch (error) {
    const dialect = source.match(escapes)?.some((escape) => /^\\[A-Za-z]/.test(escape) && !/^\\[BDSWbcdfknrstvwux]/.test(escape));
    if (dialect) throw error;
    return new Native(source);
  }
}

export { Lenient as RegExp };
