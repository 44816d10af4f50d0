// What the expressions of cases.js build upon. The locales are defined before it.
const others = "bg ca cs da el et fi he hi hr hu id lt lv nb ro sk sl sv uk vi".split(" ");
const d = new Date(Date.UTC(2026, 6, 4, 0, 5, 9, 78)), winter = new Date(Date.UTC(2026, 0, 4, 13, 45)), far = new Date(Date.UTC(12026, 0, 31));
const before = new Date(Date.UTC(1850, 0, 1)), ancient = new Date(Date.UTC(-44, 2, 15));
const tokyo = {timeZone: "Asia/Tokyo"};
const styles = ["full", "long", "medium", "short"], widths = ["numeric", "2-digit", "narrow", "short", "long"];
const zones = ["UTC", "Europe/London", "Europe/Paris", "Europe/Dublin", "Europe/Moscow", "America/New_York", "America/Los_Angeles", "America/Sao_Paulo",
  "Asia/Kolkata", "Asia/Tokyo", "Asia/Shanghai", "Australia/Sydney", "Asia/Kathmandu", "Africa/Cairo", "America/St_Johns", "Pacific/Chatham", "Asia/Riyadh"];
const numbers = [0, 1, 1234, 1234.5678, 12345, -1234567.891, 0.0005, 1e15];
const currencies = ["USD", "EUR", "GBP", "JPY", "CHF", "BRL", "RUB", "CNY", "KWD", "XYZ"];
const compacts = [0, 999, 1000, 1500, 12345, 99950, 999999, 1234567, 1e9, 25e12, -1500, 1e17];
const plurals = [0, 1, 2, 3, 5, 11, 12, 21, 22, 100, 101, 102, 1000000, 1.5, 0.5, -1];
const modes = ["ceil", "floor", "expand", "trunc", "halfCeil", "halfFloor", "halfExpand", "halfTrunc", "halfEven"];
const units = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"];
const lists = [[], ["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d"]];
const words = ["zebra", "Äpfel", "apfel", "Apfel", "öl", "oel", "ol", "naïve", "naive", "ñu", "nu", "łup", "lup", "çay", "cay", "ıssız", "iz", "10", "9", "_"];
const scripts = "中文 阿 你好 北京 上海 apple あか カキ 가 나다 a 9 10 愛 国 學 学 的 α Ω я Ёлка яблоко مرحبا باب שלום _ aя ab aπ яb аб".split(" ");
const letters = ["Άδης", "ποιος ή αυτός", "ή", "ήλιος", "ΐ ΰ", "ἄνθρωπος", "Μαΐου", "ρολόι", "άι", "άυλος ΑΫ", "ΑΣ ΣΑΣ σ", "ᾳ ᾄ ᾼ", "α\u0301ι", "ῆ", "Άζ x ά", "éàç ijs", "ﬁn ŉ", "i\u0307", "i\u0307\u0301", "Ìİ", "I\u0301J\u0303Į", "Í Ĩ", "ij\u0307"];
const pairs = [["a", "A"], ["a", "á"], ["a", "b"], ["A", "Á"], ["ß", "ss"], ["a", "a"]];
const df = (l, options) => new Intl.DateTimeFormat(l, {timeZone: "UTC", ...options}).format(d);
const parts = list => list.map(p => p.type + "=" + p.value).join("·");
const attempt = f => { try { const v = f(); return typeof v === "object" && !Array.isArray(v) ? "ok" : v } catch (e) { return e.name } };
const show = f => { try { return typeof f === "function" && f.length === 1 ? locales.map(l => l + ": " + f(l)).join("\n") : JSON.stringify(f) } catch (e) { return e.name } };
