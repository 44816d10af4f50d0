import Mustache from "mustache";
console.log(Mustache.render("Hi {{name}}{{#list}}, {{.}}{{/list}} {{{raw}}}", { name: "<Ada>", list: [1, 2], raw: "<b>" }));
