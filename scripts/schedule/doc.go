// Package schedule starts the runs of scripts: at the ticks of their schedules, when somebody asks, and again when they failed.
// Any number of hosts share a database, and each tick runs once among them; work is handed out by River.
//
//	s, err := schedule.Start(ctx, schedule.Config{DB: db, Runner: runner, Parse: parse})
//	...
//	defer s.Close(ctx)
//	_, err = db.Trigger(ctx, "hello", state.Trigger{Kind: state.ByHand, By: "ada"})
//	...
//	s.Wake()
//
// # Clocks
//
// Hosts on PostgreSQL go by the server's clock, whatever theirs show. When the clock is set an hour ahead, that hour's ticks
// were missed, and the script's @missed tells which of them run. When it is set back an hour, no tick runs a second time:
// schedules go on when the clock shows again what it showed. Retries and runs that wait for others keep their delays on
// SQLite; on PostgreSQL those that wait already may wait an hour longer. Daylight-saving time sets no clock: see scripts.Timetable.
//
// # Failures
//
// A schedule that a host cannot read, of a time zone or a form that only newer hosts know, or that is never due, is
// reported in its log; other scripts keep their ticks. While the database is away, locked or full, runs in progress finish, and
// hosts go on trying: the ends of runs are kept until they can be written, and ticks that became due are made up for
// like others that were missed. A run that was going when its host died begins again on another one, or at the next
// start, up to five times.
package schedule
