package seed

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"math/rand/v2"
	"strings"
)

// kind separates the random sequences and the ids of different things with the same index.
type kind uint32

// The kinds of things that have ids, or random sequences of their own.
const (
	KindConversation kind = iota + 1
	kindPlan
	KindMessages
	kindDetails
	KindPerson
	KindProfile
	kindHistory
	KindVisitor
	KindOperator
	KindInbox
	kindPlugin
	KindSpam
	kindCampaign
	kindOriginal
	KindBrowsing
	KindCall
	KindImport
	KindCorrelation
	KindWebsite
	KindFault
	KindPluginToken
	KindIdentity
	KindUpload
	KindLive
)

// Source makes the random sequences of one website: one for each kind and index.
type Source uint64

// Dice is a random sequence. It lives on the stack, as most sequences are short.
type Dice struct{ pcg rand.PCG }

// Dice returns the sequence of a kind and an index, from its beginning.
func (s Source) Dice(k kind, index int) Dice {
	var d Dice
	d.pcg.Seed(mix(uint64(s)+uint64(k)), mix(uint64(index)^uint64(k)<<48))
	return d
}

// mix spreads a small number over all bits, as the first numbers of neighbouring seeds would look alike otherwise. It
// is the finalizer of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// Next returns 64 random bits.
func (d *Dice) Next() uint64 { return d.pcg.Uint64() }

// Below is a number in [0, n).
func (d *Dice) Below(n int) int {
	hi, _ := bits.Mul64(d.Next(), uint64(n))
	return int(hi)
}

// between is a number in [lo, hi].
func (d *Dice) between(lo, hi int) int { return lo + d.Below(hi-lo+1) }

// Chance is true in percent of 100 throws.
func (d *Dice) Chance(percent int) bool { return d.Below(100) < percent }

// Float is a number in [0, 1).
func (d *Dice) Float() float64 { return float64(d.Next()>>11) / (1 << 53) }

// Pick returns a random item of a list.
func Pick[T any](d *Dice, list []T) T { return list[d.Below(len(list))] }

// UUID makes the version 4 UUID of a thing. The first four bytes are the index, shuffled; the rest are random and tell
// a real id from a made-up one, so that ids lead back to their index without a table.
func (s Source) UUID(k kind, index int) string {
	d := s.Dice(k, index)
	var b [16]byte
	binary.BigEndian.PutUint32(b[:], s.shuffle(k, uint32(index)))
	binary.BigEndian.PutUint32(b[4:], uint32(d.Next()))
	binary.BigEndian.PutUint64(b[8:], d.Next())
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	var text [36]byte
	hex.Encode(text[:], b[:4])
	text[8] = '-'
	hex.Encode(text[9:], b[4:6])
	text[13] = '-'
	hex.Encode(text[14:], b[6:8])
	text[18] = '-'
	hex.Encode(text[19:], b[8:10])
	text[23] = '-'
	hex.Encode(text[24:], b[10:])
	return string(text[:])
}

// Index reverses uuid.
func (s Source) Index(k kind, uuid string) (int, bool) {
	if len(uuid) != 36 {
		return 0, false
	}
	uuid = strings.ToLower(uuid)
	var b [4]byte
	if _, err := hex.Decode(b[:], []byte(uuid[:8])); err != nil {
		return 0, false
	}
	index := int(s.unshuffle(k, binary.BigEndian.Uint32(b[:])))
	return index, s.UUID(k, index) == uuid
}

// shuffle is a bijection on 32 bits: odd multiplications and shifts of half the width, between two keys.
func (s Source) shuffle(k kind, x uint32) uint32 {
	before, after := s.keys(k)
	x ^= before
	x *= 0x9E3779B1
	x ^= x >> 16
	x *= 0x85EBCA6B
	x ^= x >> 16
	return x ^ after
}

// unshuffle takes the steps of shuffle back; the factors are the inverses modulo 2^32.
func (s Source) unshuffle(k kind, x uint32) uint32 {
	before, after := s.keys(k)
	x ^= after
	x ^= x >> 16
	x *= 0xA5CB9243
	x ^= x >> 16
	x *= 0x0E8B2F51
	return x ^ before
}

func (s Source) keys(k kind) (before, after uint32) {
	d := s.Dice(k, -1)
	both := d.Next()
	return uint32(both), uint32(both >> 32)
}

// fingerprint makes the number of a seeded message: twelve or more digits, as Crisp's own examples have.
func (s Source) fingerprint(conversation, message int) int64 {
	d := s.Dice(KindMessages, -2-conversation)
	base := int64(d.Next() % 800_000_000_000_000)
	return 100_000_000_000 + (base+int64(message)*7_919_831_237)%900_000_000_000_000
}
