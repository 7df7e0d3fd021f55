/**
 * Trusted Types: where the browser has them, the only policy is this one. Scripts and workers come from the page's own origin; no text ever becomes markup or code.
 * The content policy itself stands in index.html, put there by the build.
 */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): unknown;
}

export function guard(scope: { readonly trustedTypes?: TrustedTypes; readonly location: Location } = globalThis as unknown as { readonly location: Location }): void {
  const { trustedTypes, location } = scope;
  trustedTypes?.createPolicy('default', {
    createScriptURL(url) {
      if (new URL(url, location.href).origin !== location.origin) throw new TypeError(`a script from another origin: ${url}`);
      return url;
    },
  });
}
