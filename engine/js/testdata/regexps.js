// Prints what regular expressions do, one case a line. The same in Node and here.
const texts = ["", "abc", "Crème Brûlée 東京", "très bon café merci", "héllo wörld_9", "ΑΒΓ αβγ ς σ Σ", "ſ K k s S", "ß ẞ ss", "İ I ı i", "Å å Å", "Ω ω Ω", "ǅ ǆ Ǆ", "ﬁ FI", "привет Мир", "😀 a👍🏽b 👨‍👩‍👧 ©", "١٢٣ 123 ४५", "カタカナ ひらがな ー 漢字", "a\u0301e\u0308", "\ud83d x \ude00", "line one\nlīne two\r\nthree", "٣.14 e1", "foo-bar_baz", "ᾀ ᾈ ᾳ ᾼ", "ϴ θ Θ ϑ", "µ μ Μ", "ı"];
const properties = ["L", "Lu", "Ll", "N", "Nd", "P", "S", "Z", "M", "Cs", "Letter", "gc=Lu", "General_Category=Punctuation", "Script=Han", "sc=Latin", "sc=Latn", "Script=Greek", "scx=Hira", "Script_Extensions=Katakana", "sc=Cyrl", "Alphabetic", "Alpha", "Lowercase", "Uppercase", "White_Space", "Emoji", "Emoji_Presentation", "Extended_Pictographic", "Emoji_Modifier", "ASCII", "Any", "Assigned", "ID_Start", "ID_Continue", "XIDC", "Math", "Hex_Digit", "AHex", "Dash", "Ideographic", "Cased", "Case_Ignorable", "CWU", "Bidi_Mirrored", "Diacritic", "Variation_Selector", "Regional_Indicator", "Default_Ignorable_Code_Point", "gc=Sc", "sc=Arab", "scx=Deva"];
const list = [];
for (const p of properties) {
  list.push([`\\p{${p}}+`, "gu"], [`\\P{${p}}`, "gu"], [`[^\\p{${p}}]+`, "gu"], [`[\\p{${p}}x_-]`, "giu"], [`^[\\P{${p}}]*$`, "u"], [`(?<=\\p{${p}})(?<w>.)`, "u"]);
}
for (const f of ["g", "gi", "gu", "giu", "gm", "gs"]) {
  list.push(["\\b\\w+\\b", f], ["\\B.", f], ["\\bcaf", f], ["é\\b", f], ["[a-z]+", f], ["[^a-z]+", f], ["\\w+", f], ["\\W+", f], ["(?<first>.)(?<second>.)", f], ["s", f], ["k", f], ["ß", f], ["[r-t]", f], ["i", f], ["σ", f], ["[Α-Ω]+", f], ["å", f], ["ω", f], ["ǆ", f], ["\\u017f", f], ["\\u212a", f], ["ſ", f], ["[ſ-ƀ]", f], ["K", f], ["Å", f], ["θ", f], ["μ", f], ["ᾀ", f], ["(a)|(?<b>b)", f], ["(.)\\1", f], ["^.", f], [".$", f], ["\\d+", f], ["\\s", f], ["[\\s\\S]", f], ["x*", f], ["(?:)", f], ["\\/", f], ["(?=[é東])", f], ["(?<!\\w)b", f], ["[[]", f]);
}
list.push(["\\p{L}", ""], ["\\p{L}", "i"], ["\\pL", "u"], ["\\p{Foo}", "u"], ["\\p{Script=Foo}", "u"], ["\\p{sc=han}", "u"], ["\\p{}", "u"], ["\\p{L", "u"], ["\\p{gc}", "u"], ["\\p{Emoji=Y}", "u"], ["[\\p{L}--a]", "u"], ["\\p{L}", "v"], ["[\\p{L}\\p{N}]+", "gv"], ["\\P{Lu}", "giv"], ["\\P{Lu}", "giu"], ["[\\&\\-]", "v"], ["[^\\d\\p{Lu}]+", "gv"]);
const show = (x) => (x === undefined ? null : x);
for (const [pattern, flags] of list) {
  let re;
  try { re = new RegExp(pattern, flags); } catch (e) { console.log(pattern, flags, e.name); continue; }
  for (const text of texts) {
    const out = [];
    re.lastIndex = 0;
    const m = re.exec(text);
    out.push(m && [m.index, ...m].map(show), m && m.groups ? { ...m.groups } : null, re.lastIndex);
    const again = re.exec(text);
    out.push(again && [again.index, ...again].map(show), re.lastIndex);
    re.lastIndex = 0;
    out.push(re.test(text), text.match(re), text.replace(re, "<$&>"), text.replace(re, (...a) => `{${a[0]}@${a[1 + a.slice(1).findIndex((x) => typeof x === "number")]}}`), text.search(re), text.split(re).map(show));
    if (flags.includes("g")) out.push([...text.matchAll(re)].map((m) => [m.index, ...m].map(show)));
    console.log(pattern, flags, JSON.stringify(text), JSON.stringify(out));
  }
  console.log(re.source === pattern, String(re).startsWith("/" + pattern.slice(0,2)), re instanceof RegExp, re.constructor === RegExp, new RegExp(re).source === re.source, new RegExp(re, flags + (flags.includes("g") ? "" : "g")).source === pattern);
}
