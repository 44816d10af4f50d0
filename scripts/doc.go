// Package scripts turns a directory of script files into scripts that a host can run: it reads their headers, checks and
// compiles them, and follows the directory as it changes.
//
//	list, problems, err := scripts.Check(ctx, dir, scripts.LibraryOptions{Engine: eng})
//	...
//	for _, s := range list {
//		fmt.Println(s.Name, s.Header.Schedules[0].Text)
//	}
//	for _, p := range problems {
//		fmt.Println(p.Position, p.Message)
//	}
//
// # Headers
//
// What a host must know of a script stands in its leading comment, the same in every language:
//
//	--- Unread conversations by operator, every weekday morning.
//	-- @schedule 0 9 * * 1-5
//	-- @timezone Europe/Paris
//	-- @timeout 2m
//	-- @permissions conversations:read store
//
// The tags are:
//
//	@name NAME              the script's name, otherwise its path below the directory without the extension
//	@description TEXT       what it is for, otherwise the comment's first paragraph
//	@schedule TIMES         a cron expression of 5 fields, or 6 with seconds first; @hourly, @daily, @weekly, @monthly,
//	                        @yearly; or "every" and a duration. May be repeated. See Timetable
//	@on EVENT [where CONDITION]
//	                        an event of Crisp that starts a run, and the condition that it must meet, see package filter. May be
//	                        repeated
//	@key FIELD              the field of the event, such as session_id, whose values keep their runs in order, one after the other
//	@debounce DURATION      an event starts a run when so long no other one with its key has come, and only the last one does
//	@throttle N/TIME        how many runs events start in a time at most: 10/m, 1/s, 5/30s. Further ones wait
//	@batch N within DURATION
//	                        one run takes up to N events, gathered for so long
//	@timezone ZONE          the IANA zone of the cron expressions, otherwise UTC
//	@timeout DURATION       how long a run may take
//	@retries N [exponential|fixed] [DURATION]
//	                        how often a failed run is tried again, and after what delay
//	@overlap skip|queue|allow|replace
//	                        what happens when a run is due and the one before is still going
//	@concurrency N          how many of its runs may go at the same time, on all hosts together: 1 unless @overlap allows more
//	@missed skip|latest|all [within DURATION]
//	                        which runs that were due while no host was up are made up for
//	@env NAME...            environment variables that it may read, as far as Limits allow them. May be repeated
//	@permissions WORD...    what it may do, in the words of the engine (see engine.Vocabulary); without it everything but fetch. May be repeated
//	@memory SIZE            a bound on a run's memory, such as 256MiB
//	@disabled               no schedule and no event runs it
//
// An error in a header is reported at its line and column, and then nothing of the header applies: a script that is running
// on a schedule stays on its last good version. That includes a schedule that is never due, such as 31 February, a zone or a
// group of calls that does not exist, and a tag with a misspelled name.
package scripts
