package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
)

const (
	maxBody     = 1 << 20
	memoryLimit = 128 << 20
)

// tenant is what the operator allows a tenant.
type tenant struct {
	name, entry string
	// permissions are words such as "notes:read". None allow nothing that needs a permission.
	permissions []string
	timeout     time.Duration // of a call, waiting for an instance included
	instances   int           // that run side by side
}

// served is a tenant whose program is compiled.
type served struct {
	tenant
	pool *engine.Pool
}

// service answers POST /TENANT/FUNCTION with what the tenant's function returns. The body is a JSON array of arguments.
type service struct {
	mux     *http.ServeMux
	tenants map[string]served
}

// newService compiles the programs of all tenants: what is wrong with a script shows here, and not in a call. The directory
// of a tenant has its name, and its scripts import nothing outside of it.
func newService(ctx context.Context, files fs.FS, tenants []tenant) (*service, error) {
	eng, err := engine.New(lua.Language, js.Language, engine.WithModules(notesModule()))
	if err != nil {
		return nil, err
	}
	s := &service{mux: http.NewServeMux(), tenants: map[string]served{}}
	for _, t := range tenants {
		pool, err := newPool(ctx, eng, files, t)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("tenant %s: %w", t.name, err), s.Close())
		}
		s.tenants[t.name] = served{t, pool}
	}
	s.mux.HandleFunc("POST /{tenant}/{function}", s.call)
	return s, nil
}

func newPool(ctx context.Context, eng *engine.Engine, files fs.FS, t tenant) (*engine.Pool, error) {
	own, err := fs.Sub(files, t.name)
	if err != nil {
		return nil, err
	}
	program, err := eng.Compile(ctx, engine.FromFS(own, t.entry))
	if err != nil {
		return nil, err
	}
	permissions, err := eng.Vocabulary().Parse(t.permissions)
	if err != nil {
		return nil, err
	}
	return eng.NewPool(program, t.instances,
		engine.WithPermissions(permissions),
		engine.WithMemoryLimit(memoryLimit),
		engine.Provide(&notes{}), // what belongs to the tenant; host functions find it with engine.Use
		engine.WithGlobal("tenant", t.name))
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Close frees the instances.
func (s *service) Close() error {
	var errs []error
	for _, t := range s.tenants {
		errs = append(errs, t.pool.Close())
	}
	return errors.Join(errs...)
}

// call calls a function of a tenant.
func (s *service) call(w http.ResponseWriter, r *http.Request) {
	t, ok := s.tenants[r.PathValue("tenant")]
	if !ok {
		reply(w, http.StatusNotFound, failure{"no such tenant"})
		return
	}
	var args []any
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&args); err != nil {
		reply(w, http.StatusBadRequest, failure{"the body is no JSON array of arguments: " + err.Error()})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), t.timeout)
	defer cancel()
	result, err := engine.Call[json.RawMessage](ctx, t.pool, r.PathValue("function"), args...)
	if err != nil {
		reply(w, status(err), failure{err.Error()})
		return
	}
	reply(w, http.StatusOK, result)
}

// status tells by HTTP status whose fault an error is, and whether it helps to try again.
func status(err error) int {
	switch {
	case errors.Is(err, engine.ErrNoFunction):
		return http.StatusNotFound
	case errors.Is(err, engine.ErrPermission):
		return http.StatusForbidden
	case errors.Is(err, engine.ErrTimeout):
		return http.StatusGatewayTimeout
	case errors.Is(err, engine.ErrMemory):
		return http.StatusInsufficientStorage
	case errors.Is(err, engine.ErrBusy), errors.Is(err, engine.ErrClosed), errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError // the script failed
	}
}

type failure struct {
	Error string `json:"error"`
}

func reply(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // a client that hung up hears nothing
}
