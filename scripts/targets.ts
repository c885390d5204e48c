// The machines that Schelly is built for: those of Deno for which libSQL has a native library.

/** One kind of machine. */
export interface Target {
  /** As the names of archives say it. */
  name: string;
  /** As Deno calls it. */
  triple: string;
  /** The npm package of libSQL's native library. */
  native: string;
  /** As Debian calls it, where there is one. */
  debian?: "amd64" | "arm64";
}

export const TARGETS: readonly Target[] = [
  { name: "linux-x64", triple: "x86_64-unknown-linux-gnu", native: "@libsql/linux-x64-gnu", debian: "amd64" },
  {
    name: "linux-arm64",
    triple: "aarch64-unknown-linux-gnu",
    native: "@libsql/linux-arm64-gnu",
    debian: "arm64",
  },
  { name: "macos-x64", triple: "x86_64-apple-darwin", native: "@libsql/darwin-x64" },
  { name: "macos-arm64", triple: "aarch64-apple-darwin", native: "@libsql/darwin-arm64" },
  { name: "windows-x64", triple: "x86_64-pc-windows-msvc", native: "@libsql/win32-x64-msvc" },
];

/** The kind of this machine; throws where Schelly cannot be built for it. */
export function ownTarget(): Target {
  const own = TARGETS.find(({ triple }) => triple === Deno.build.target);
  if (own !== undefined) return own;
  throw new Error(
    `Cannot build for ${Deno.build.target}: expected one of ${
      TARGETS.map(({ triple }) => triple).join(", ")
    }`,
  );
}

/** The program's file on that kind of machine. */
export function programName(target: Target): string {
  return target.triple.includes("windows") ? "schelly.exe" : "schelly";
}
