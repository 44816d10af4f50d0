import Handlebars from "handlebars";
console.log(Handlebars.compile("Hello {{name}}, {{#each items}}{{@index}}:{{this}} {{/each}}{{{raw}}}{{raw}}")({ name: "Ada", items: ["a", "b"], raw: "<b>" }));
