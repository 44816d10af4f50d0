import he from "he";
console.log(he.encode("é < & ©"), he.decode("&eacute; &lt; &#x1F600;"));
