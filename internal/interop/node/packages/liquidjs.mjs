import { Liquid } from "liquidjs";
console.log(await new Liquid().parseAndRender("{{ name | upcase }} {% for i in (1..3) %}{{ i }}{% endfor %}", { name: "ada" }));
