import { camelCase, snakeCase, kebabCase, capitalCase } from "change-case";
console.log(camelCase("foo bar"), snakeCase("fooBar"), kebabCase("Foo Bar"), capitalCase("two words"));
