import Papa from "papaparse";
console.log(JSON.stringify(Papa.parse("a;b\n1;x\n", { header: true, dynamicTyping: true, skipEmptyLines: true }).data), Papa.unparse([{ a: 1, b: "x,y" }]));
