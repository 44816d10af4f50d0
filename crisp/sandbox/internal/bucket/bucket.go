// Package bucket keeps the files that are uploaded to a sandbox, under addresses that it signs.
package bucket

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
)

// Path is where the files stand, beside the API.
const Path = "/bucket/"

const (
	// sizeLimit is the largest file in bytes, and room what all files together may take. Crisp's limits are not
	// established.
	sizeLimit = 10_000_000
	room      = 16 * sizeLimit
	// lifetime is how long an address takes an upload; a guess.
	lifetime = 10 * time.Minute
)

// Bucket keeps files in memory. It is an http.Handler for the addresses, safe for concurrent use.
type Bucket struct {
	source seed.Source
	now    func() time.Time
	key    []byte

	mu     sync.Mutex
	signed int
	files  map[string]file // by escaped path
	size   int
}

type file struct {
	kind string
	data []byte
}

// New makes an empty bucket. Addresses are drawn from the source, and differ from it in nothing else from run to run.
func New(source seed.Source, now func() time.Time) *Bucket {
	d := source.Dice(seed.KindUpload, -1)
	return &Bucket{source: source, now: now, key: binary.BigEndian.AppendUint64(nil, d.Next()), files: map[string]file{}}
}

// sign makes the path of a new file, and the query that allows to upload it.
func (b *Bucket) sign(namespace, name, kind string) (path, query string) {
	b.mu.Lock()
	b.signed++
	id := b.source.UUID(seed.KindUpload, b.signed)
	b.mu.Unlock()
	path = Path + namespace + "/" + id + "/" + url.PathEscape(name)
	until := strconv.FormatInt(b.now().Add(lifetime).UnixMilli(), 10)
	return path, url.Values{"type": {kind}, "until": {until}, "signature": {b.signature(path, kind, until)}}.Encode()
}

func (b *Bucket) signature(path, kind, until string) string {
	mac := hmac.New(sha256.New, b.key)
	for _, part := range [...]string{path, kind, until} {
		mac.Write([]byte(strconv.Quote(part)))
	}
	return hex.EncodeToString(mac.Sum(nil))
}
