package sandbox

import "encoding/json"

// Tap gives every event to f from now on.
func (s *Server) Tap(f func(websiteID, event string, data json.RawMessage)) { s.tap = f }

// LiveSteps returns a function that lets one thing happen.
func (s *Server) LiveSteps() func() error { return s.newDirector().Step }
