// What the libraries for dates make of Intl. Each line that it prints is compared between Node and the script engine.
import { DateTime, Duration, IANAZone, Info, Interval, Settings } from "luxon";
import dayjs from "dayjs";
import localizedFormat from "dayjs/plugin/localizedFormat.js";
import relativeTime from "dayjs/plugin/relativeTime.js";
import timezone from "dayjs/plugin/timezone.js";
import utc from "dayjs/plugin/utc.js";
import "dayjs/locale/de.js";
import { format, formatDistance, intlFormat, intlFormatDistance } from "date-fns";
import { format as formatInZone, formatInTimeZone, fromZonedTime, getTimezoneOffset, toZonedTime } from "date-fns-tz";

dayjs.extend(utc);
dayjs.extend(timezone);
dayjs.extend(localizedFormat);
dayjs.extend(relativeTime);

let line = 0;
function show(f) {
  let text;
  try {
    text = JSON.stringify(f());
  } catch (e) {
    text = e.name + ": " + e.message;
  }
  console.log(JSON.stringify(++line + " " + text));
}

const zones = ["UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "europe/berlin"];
const base = DateTime.fromISO("2026-03-29T00:30:00Z", { zone: "utc" });

// luxon
for (const zone of zones) {
  show(() => base.setZone(zone).toISO());
  show(() => [0, 1, 2, 3].map((hours) => base.plus({ hours }).setZone(zone).toISO()));
  show(() => DateTime.fromISO("2026-03-29T02:30", { zone }).toISO());
  show(() => DateTime.fromISO("2026-10-25T02:30", { zone }).toISO());
  show(() => base.setZone(zone).offset + " " + base.setZone(zone).isInDST);
  show(() => base.setZone(zone).startOf("month").toISO() + " " + base.setZone(zone).endOf("year").toISO());
  show(() => base.setZone(zone).toFormat("yyyy-MM-dd HH:mm:ss ZZ z"));
  show(() => base.setZone(zone).offsetNameLong);
}
show(() => [base.setZone("Mars/Base").isValid, base.setZone("Mars/Base").invalidReason, base.setZone("Mars/Base").invalidExplanation]);
show(() => [IANAZone.isValidZone("Europe/Paris"), IANAZone.isValidZone("Local"), IANAZone.isValidZone("")]);
show(() => [DateTime.local(2026, 7, 4, 12).zoneName, DateTime.local(2026, 7, 4, 12).toISO(), DateTime.local(2026, 1, 4, 12).toISO()]);
for (const locale of ["en-US", "en-GB", "de", "fr", "es", "ja", "ar", "pl", "ru"]) {
  const local = base.setZone("Europe/Berlin").setLocale(locale);
  for (const style of ["DATE_SHORT", "DATE_MED", "DATE_FULL", "DATE_HUGE", "TIME_SIMPLE", "TIME_24_SIMPLE", "DATETIME_SHORT", "DATETIME_MED", "DATETIME_FULL"]) {
    show(() => local.toLocaleString(DateTime[style]));
  }
  show(() => local.toFormat("cccc, d LLLL yyyy, EEE MMM"));
  show(() => local.toFormat("DDDD ttt"));
  show(() => [Info.months("long", { locale }), Info.weekdays("short", { locale }), Info.meridiems({ locale }), Info.eras("short", { locale })]);
  show(() => [local.plus({ days: 1 }).toRelative({ base: local }), local.minus({ hours: 3 }).toRelative({ base: local }), local.plus({ days: 1 }).toRelativeCalendar({ base: local })]);
  show(() => Interval.fromDateTimes(local, local.plus({ hours: 30 })).toDuration(["days", "hours"]).toObject());
  show(() => DateTime.fromFormat(local.toFormat("d LLLL yyyy"), "d LLLL yyyy", { locale, zone: "utc" }).toISODate());
  show(() => local.resolvedLocaleOptions());
}
show(() => DateTime.fromFormat("Mar 29, 2026 2:05 PM", "LLL d, yyyy h:mm a", { zone: "Europe/Berlin" }).toISO());
show(() => DateTime.fromFormat("2026-07-04 12:00 Asia/Tokyo", "yyyy-MM-dd HH:mm z").toISO());
show(() => Duration.fromObject({ hours: 2, minutes: 5 }).toFormat("hh:mm"));
show(() => [Settings.defaultLocale, Info.features().relative, Info.hasDST("Europe/Paris"), Info.hasDST("Asia/Kolkata")]);
show(() => DateTime.fromISO("2026-07-04T12:00", { zone: "Europe/Paris", locale: "de", numberingSystem: "latn", outputCalendar: "gregory" }).toLocaleString(DateTime.DATE_FULL));

// dayjs
for (const zone of zones) {
  show(() => dayjs.utc("2026-03-29T00:30:00Z").tz(zone).format());
  show(() => dayjs.tz("2026-07-04 12:00", zone).toISOString());
  show(() => dayjs.tz("2026-10-25 02:30", zone).toISOString());
  show(() => dayjs.utc("2026-07-04T12:00:00Z").tz(zone).startOf("day").toISOString());
  show(() => dayjs.utc("2026-07-04T00:05:00Z").tz(zone).format("YYYY-MM-DD HH:mm:ss Z"));
  show(() => dayjs.utc("2026-07-04T00:05:00Z").tz(zone).utcOffset());
}
show(() => dayjs.tz.guess());
show(() => dayjs("2026-07-04T12:00:00Z").tz("Asia/Tokyo", true).format());
show(() => dayjs.utc("2026-07-04T12:00:00Z").locale("de").format("LLLL"));
show(() => dayjs.utc("2026-07-04T12:00:00Z").format("L LT"));
show(() => dayjs.utc("2026-07-04T12:00:00Z").from(dayjs.utc("2026-07-01")));
show(() => dayjs.tz("2026-07-04 12:00", "Mars/Base").toISOString());

// date-fns and date-fns-tz
const date = new Date("2026-07-04T12:34:56.789Z");
for (const zone of zones) {
  show(() => toZonedTime(date, zone).toISOString());
  show(() => fromZonedTime("2026-03-29 02:30:00", zone).toISOString());
  show(() => fromZonedTime("2026-10-25 02:30:00", zone).toISOString());
  show(() => formatInTimeZone(date, zone, "yyyy-MM-dd HH:mm:ss.SSS XXX"));
  show(() => formatInTimeZone(date, zone, "EEEE d MMMM yyyy, h:mm a zzz"));
  show(() => formatInTimeZone(date, zone, "zzzz"));
  show(() => getTimezoneOffset(zone, date) / 6e4);
}
show(() => formatInTimeZone(date, "Mars/Base", "yyyy"));
show(() => formatInZone(toZonedTime(date, "Asia/Tokyo"), "yyyy-MM-dd HH:mm zzz", { timeZone: "Asia/Tokyo" }));
show(() => format(new Date(2026, 6, 4), "PPPP"));
show(() => formatDistance(new Date(2026, 6, 4), new Date(2026, 6, 1), { addSuffix: true }));
for (const locale of ["en", "de", "es", "ja"]) {
  show(() => intlFormat(date, { year: "numeric", month: "long", day: "numeric", timeZone: "UTC" }, { locale }));
  show(() => intlFormatDistance(new Date(2026, 6, 5), new Date(2026, 6, 4), { locale }));
  show(() => intlFormatDistance(new Date(2026, 9, 4), new Date(2026, 6, 4), { locale, numeric: "always" }));
}
