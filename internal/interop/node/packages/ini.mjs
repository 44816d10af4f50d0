import ini from "ini";
console.log(JSON.stringify(ini.parse("a=1\n[s]\nb[]=x\nb[]=y\n")), ini.stringify({ s: { k: "v" } }));
