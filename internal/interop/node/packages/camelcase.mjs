import camelCase from "camelcase";
console.log(camelCase("foo-bar baz"), camelCase("FooBar", { pascalCase: true }));
