import { marked } from "marked";
console.log(marked.parse("# Title\n\n- *one*\n- `two` & [x](https://x.example)\n"));
