import moment from "moment";
console.log(moment.utc("2026-01-31").add(1, "months").format("YYYY-MM-DD dddd"), moment.duration(90, "minutes").humanize());
