import slugify from "slugify";
console.log(slugify("Crème Brûlée & Co", { lower: true, strict: true }));
