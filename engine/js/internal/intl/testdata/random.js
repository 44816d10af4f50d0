// Formats with options by chance, always the same ones.
let seed = 1;
const rnd = n => {
  seed = seed + 0x6D2B79F5 | 0;
  let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
  t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
  return Math.floor(((t ^ t >>> 14) >>> 0) / 4294967296 * n);
};
const pick = list => list[rnd(list.length)];
const zones = ["UTC", "Europe/London", "Europe/Dublin", "Europe/Moscow", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Shanghai",
  "Australia/Sydney", "Asia/Kathmandu", "Africa/Cairo", "America/St_Johns", "Pacific/Chatham", "Africa/Casablanca", "America/Caracas", "America/Phoenix", "Antarctica/Troll", "Etc/GMT+5"];
const widths = ["narrow", "short", "long"], digits = ["numeric", "2-digit"], styles = ["full", "long", "medium", "short"], cycles = ["h11", "h12", "h23", "h24"];

function dateOptions() {
  const o = { timeZone: pick(zones) };
  const maybe = (name, chance, values) => { if (!rnd(chance)) o[name] = pick(values) };
  if (!rnd(4)) {
    maybe("dateStyle", 2, styles);
    maybe("timeStyle", 2, styles);
    maybe("hourCycle", 4, cycles);
    return o;
  }
  maybe("weekday", 3, widths);
  maybe("era", 6, widths);
  maybe("year", 2, digits);
  maybe("month", 2, [...digits, ...widths]);
  maybe("day", 2, digits);
  maybe("dayPeriod", 8, widths);
  maybe("hour", 2, digits);
  maybe("hourCycle", 4, cycles);
  maybe("minute", 2, digits);
  maybe("second", 3, digits);
  maybe("fractionalSecondDigits", 5, [1, 2, 3]);
  maybe("timeZoneName", 3, ["short", "long", "shortOffset", "longOffset"]);
  return o;
}

function numberOptions() {
  const o = { style: pick(["decimal", "decimal", "percent", "currency"]) };
  const maybe = (name, chance, values) => { if (!rnd(chance)) o[name] = pick(values) };
  if (o.style === "currency") {
    o.currency = pick(["USD", "EUR", "GBP", "JPY", "CHF", "INR", "KWD", "CAD", "SEK", "PLN", "XAF", "CLP", "TRY", "KRW"]);
    maybe("currencyDisplay", 2, ["symbol", "code", "narrowSymbol"]);
    maybe("currencySign", 2, ["accounting"]);
  }
  maybe("notation", 3, ["compact", "compact", "scientific", "engineering"]);
  maybe("compactDisplay", 3, ["long"]);
  maybe("maximumFractionDigits", 3, [0, 1, 2, 3, 5]);
  maybe("minimumFractionDigits", 4, [0, 1, 2]);
  if (o.minimumFractionDigits > o.maximumFractionDigits) delete o.minimumFractionDigits;
  maybe("maximumSignificantDigits", 5, [1, 2, 3, 5]);
  maybe("minimumIntegerDigits", 8, [1, 2, 4]);
  maybe("useGrouping", 4, [true, false, "always", "auto", "min2"]);
  maybe("signDisplay", 4, ["auto", "never", "always", "exceptZero", "negative"]);
  maybe("roundingMode", 4, ["ceil", "floor", "expand", "trunc", "halfCeil", "halfFloor", "halfExpand", "halfTrunc", "halfEven"]);
  maybe("roundingPriority", 6, ["auto", "morePrecision", "lessPrecision"]);
  maybe("trailingZeroDisplay", 6, ["stripIfInteger"]);
  return o;
}

const results = [];
for (let i = 0; i < 1500; i++) {
  const locale = pick(locales);
  const time = rnd(3) ? 1.7e12 + rnd(30000) * 1e8 / 7 : (rnd(30000) - 15000) * 2e8;
  const number = pick([0, 1, 1.5, 999.995, 1234.5, 0.00012345, 123456789.987, -5.55, 1e6, 25e11, 99999.5, rnd(1000000) / 1000, -rnd(100000) * 1000]);
  for (const [Class, options, value] of [[Intl.DateTimeFormat, dateOptions(), time], [Intl.NumberFormat, numberOptions(), number]]) {
    results.push(`${locale} ${JSON.stringify(options)} ${value}: ${new Class(locale, options).format(value)}`);
  }
}
