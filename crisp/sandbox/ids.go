package sandbox

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"math/rand/v2"
	"strings"
)

// kind separates the random sequences and the ids of different things with the same index.
type kind uint32

const (
	kindConversation kind = iota + 1
	kindPlan
	kindMessages
	kindDetails
	kindPerson
	kindProfile
	kindHistory
	kindVisitor
	kindOperator
	kindInbox
	kindPlugin
	kindSpam
	kindCampaign
	kindOriginal
	kindBrowsing
	kindCall
	kindImport
	kindCorrelation
	kindWebsite
	kindFault
)

// source makes the random sequences of one website: one for each kind and index.
type source uint64

// dice is a random sequence. It lives on the stack, as most sequences are short.
type dice struct{ pcg rand.PCG }

func (s source) dice(k kind, index int) dice {
	var d dice
	d.pcg.Seed(mix(uint64(s)+uint64(k)), mix(uint64(index)^uint64(k)<<48))
	return d
}

// mix spreads a small number over all bits, as the first numbers of neighbouring seeds would look alike otherwise. It is
// the finalizer of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

func (d *dice) next() uint64 { return d.pcg.Uint64() }

// below is a number in [0, n).
func (d *dice) below(n int) int {
	hi, _ := bits.Mul64(d.next(), uint64(n))
	return int(hi)
}

// between is a number in [lo, hi].
func (d *dice) between(lo, hi int) int { return lo + d.below(hi-lo+1) }

// chance is true in percent of 100 throws.
func (d *dice) chance(percent int) bool { return d.below(100) < percent }

// float is a number in [0, 1).
func (d *dice) float() float64 { return float64(d.next()>>11) / (1 << 53) }

func pick[T any](d *dice, list []T) T { return list[d.below(len(list))] }

// uuid makes the version 4 UUID of a thing. The first four bytes are the index, shuffled; the rest are random and tell a
// real id from a made-up one, so that ids lead back to their index without a table.
func (s source) uuid(k kind, index int) string {
	d := s.dice(k, index)
	var b [16]byte
	binary.BigEndian.PutUint32(b[:], s.shuffle(k, uint32(index)))
	binary.BigEndian.PutUint32(b[4:], uint32(d.next()))
	binary.BigEndian.PutUint64(b[8:], d.next())
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

// index reverses uuid.
func (s source) index(k kind, uuid string) (int, bool) {
	if len(uuid) != 36 {
		return 0, false
	}
	uuid = strings.ToLower(uuid)
	var b [4]byte
	if _, err := hex.Decode(b[:], []byte(uuid[:8])); err != nil {
		return 0, false
	}
	index := int(s.unshuffle(k, binary.BigEndian.Uint32(b[:])))
	return index, s.uuid(k, index) == uuid
}

// shuffle is a bijection on 32 bits: odd multiplications and shifts of half the width, between two keys.
func (s source) shuffle(k kind, x uint32) uint32 {
	before, after := s.keys(k)
	x ^= before
	x *= 0x9E3779B1
	x ^= x >> 16
	x *= 0x85EBCA6B
	x ^= x >> 16
	return x ^ after
}

// unshuffle takes the steps of shuffle back; the factors are the inverses modulo 2^32.
func (s source) unshuffle(k kind, x uint32) uint32 {
	before, after := s.keys(k)
	x ^= after
	x ^= x >> 16
	x *= 0xA5CB9243
	x ^= x >> 16
	x *= 0x0E8B2F51
	return x ^ before
}

func (s source) keys(k kind) (before, after uint32) {
	d := s.dice(k, -1)
	both := d.next()
	return uint32(both), uint32(both >> 32)
}

// fingerprint makes the number of a seeded message: twelve or more digits, as Crisp's own examples have.
func (s source) fingerprint(conversation, message int) int64 {
	d := s.dice(kindMessages, -2-conversation)
	base := int64(d.next() % 800_000_000_000_000)
	return 100_000_000_000 + (base+int64(message)*7_919_831_237)%900_000_000_000_000
}
