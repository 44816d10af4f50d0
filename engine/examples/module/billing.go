package main

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// Customer is a struct that scripts see as an object, by its JSON names.
type Customer struct {
	Email string    `json:"email"`
	Plan  string    `json:"plan"`
	Since time.Time `json:"since"`
}

// Invoice is what the invoices of a customer are streamed as.
type Invoice struct {
	Number int     `json:"number"`
	Total  float64 `json:"total"`
	Paid   bool    `json:"paid"`
}

// Reminder is the options of billing.remind. A script that misspells a member gets an error which names the right one.
type Reminder struct {
	Text string `json:"text"`
	Copy bool   `json:"copy,omitempty"`
}

// Report is a handle: scripts hold it, and call its methods.
type Report struct{ lines []string }

// Add adds a line and returns how many there are.
func (r *Report) Add(line string) int {
	r.lines = append(r.lines, line)
	return len(r.lines)
}

// Lines returns the lines.
func (r *Report) Lines() []string { return r.lines }

// ledger is what the functions work on.
type ledger struct {
	customers map[string]Customer
	invoices  map[string][]Invoice
	reminded  []string
}

func newLedger() *ledger {
	since := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	return &ledger{
		customers: map[string]Customer{"ann@acme.example": {Email: "ann@acme.example", Plan: "team", Since: since}},
		invoices:  map[string][]Invoice{"ann@acme.example": {{1, 90, true}, {2, 45.5, false}, {3, 90, false}}},
	}
}

func (l *ledger) customer(_ context.Context, email string) (Customer, error) {
	c, ok := l.customers[email]
	if !ok {
		return c, fmt.Errorf("no customer has the address %q", email)
	}
	return c, nil
}

// stream yields the invoices of a customer. A script that leaves its loop ends the sequence.
func (l *ledger) stream(_ context.Context, email string) iter.Seq2[Invoice, error] {
	return func(yield func(Invoice, error) bool) {
		for _, invoice := range l.invoices[email] {
			if !yield(invoice, nil) {
				return
			}
		}
	}
}

func (l *ledger) remind(_ context.Context, email string, r Reminder) error {
	l.reminded = append(l.reminded, email+": "+r.Text)
	return nil
}

// module describes billing. Errors in it, such as two functions of one name, are reported by engine.New.
func (l *ledger) module() *engine.ModuleBuilder {
	return engine.NewModule("billing").
		Doc("Customers and what they owe.").
		Func("customer", l.customer, engine.Doc("Returns the customer with an address.", "email")).
		Func("invoices", l.stream, engine.Doc("Streams the invoices of a customer.", "email")).
		Func("remind", l.remind, engine.Sends(), engine.Doc("Sends a reminder to a customer.", "email", "options")).
		Func("report", func() *Report { return &Report{} }).
		Const("CURRENCY", "EUR").
		Type(&Report{})
}
