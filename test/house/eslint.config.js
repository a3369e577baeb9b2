// Lint rules. Kept here, not at the top: `npm run lint` names this file.
import { fileURLToPath, URL } from "node:url"
import js from "@eslint/js"
import tseslint from "typescript-eslint"

const root = fileURLToPath(new URL("../..", import.meta.url))

export default tseslint.config(
  { ignores: ["**/dist/**", "**/node_modules/**", "**/*.d.ts"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    // One program for all: with one for each project most files are read and checked several times.
    languageOptions: { parserOptions: { project: "test/house/tsconfig.lint.json", tsconfigRootDir: root } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      // Told by the compiler.
      "no-undef": "off",
      "no-unused-vars": "off",
      eqeqeq: "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-explicit-any": "error",
      // What the line before has made sure of, the compiler's checked index access cannot see.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/triple-slash-reference": ["error", { path: "always", types: "prefer-import" }],
      // The contract declares verbs as methods; ours do not use `this`.
      "@typescript-eslint/unbound-method": "off",
      // A contract of promises may be kept by code that needs no await.
      "@typescript-eslint/require-await": "off",
    },
  },
  {
    // node:test returns promises that its runner awaits itself.
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-floating-promises": [
        "error",
        { allowForKnownSafeCalls: [{ from: "package", package: "node:test", name: ["test", "it", "describe", "suite"] }] },
      ],
    },
  },
)
