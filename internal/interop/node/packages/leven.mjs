import leven from "leven";
console.log(leven("kitten", "sitting"));
