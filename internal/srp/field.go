package srp

import (
	"encoding/binary"
	"math/bits"
	"sync"
)

// Size is the length in bytes of the group's elements.
const Size = 384

const words = Size / 8

// element is a number modulo the prime N, less than N, least significant word
// first. In Montgomery form it stands for itself divided by 2^3072.
type element [words]uint64

// modulus is N of RFC 5054, appendix A (the 3072-bit group), which is that of
// RFC 3526, section 4. Its lowest word is 2^64-1, so that -1/N mod 2^64, by
// which Montgomery reduction multiplies, is 1 and does not appear below.
var modulus = func() *element {
	const hex = "" +
		"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74" +
		"020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437" +
		"4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
		"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05" +
		"98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB" +
		"9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B" +
		"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718" +
		"3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33" +
		"A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7" +
		"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864" +
		"D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2" +
		"08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"
	return load(mustHex(hex))
}()

// load reads Size bytes, most significant first, without reduction.
func load(b []byte) *element {
	var e element
	for i := range e {
		e[i] = binary.BigEndian.Uint64(b[Size-8*(i+1):])
	}
	return &e
}

// newElement reads at most Size bytes, most significant first, and reduces
// them modulo N.
func newElement(b []byte) *element {
	var full [Size]byte
	copy(full[Size-len(b):], b)
	e := load(full[:])
	e.reduce(0) // N has 3072 bits, so once is enough
	return e
}

// bytes returns the Size bytes of e, most significant first.
func (e *element) bytes() []byte {
	b := make([]byte, Size)
	for i, w := range e {
		binary.BigEndian.PutUint64(b[Size-8*(i+1):], w)
	}
	return b
}

// reduce subtracts N from carry·2^3072 + e when that is N or more; it must be
// less than 2N.
func (e *element) reduce(carry uint64) {
	var less element
	var borrow uint64
	for i := range e {
		less[i], borrow = bits.Sub64(e[i], modulus[i], borrow)
	}
	// The difference counts unless it borrowed from nothing.
	keep := -(borrow &^ carry)
	for i := range e {
		e[i] = e[i]&keep | less[i]&^keep
	}
}

// add sets z to x + y.
func (z *element) add(x, y *element) {
	var carry uint64
	for i := range z {
		z[i], carry = bits.Add64(x[i], y[i], carry)
	}
	z.reduce(carry)
}

// sub sets z to x - y.
func (z *element) sub(x, y *element) {
	var borrow, carry uint64
	for i := range z {
		z[i], borrow = bits.Sub64(x[i], y[i], borrow)
	}
	for i := range z {
		z[i], carry = bits.Add64(z[i], modulus[i]&-borrow, carry)
	}
}

// mul sets z to x·y/2^3072, the product of numbers in Montgomery form, by
// word-by-word Montgomery multiplication (Gueron, "Efficient software
// implementations of modular exponentiation", algorithm 4).
func (z *element) mul(x, y *element) {
	var t [2 * words]uint64
	var carry uint64
	for i := range words {
		row := (*element)(t[i:])
		high1 := addMul(row, x, y[i])
		high2 := addMul(row, modulus, row[0])
		t[words+i], carry = bits.Add64(high1, high2, carry)
	}
	*z = element(t[words:])
	z.reduce(carry)
}

// addMul adds x·y to z and returns the word that overflows. Four products at a
// time leave the carry flag in peace for longer.
func addMul(z, x *element, y uint64) (high uint64) {
	for i := 0; i < words; i += 4 {
		h0, l0 := bits.Mul64(x[i], y)
		h1, l1 := bits.Mul64(x[i+1], y)
		h2, l2 := bits.Mul64(x[i+2], y)
		h3, l3 := bits.Mul64(x[i+3], y)
		var c uint64
		l0, c = bits.Add64(l0, high, 0)
		l1, c = bits.Add64(l1, h0, c)
		l2, c = bits.Add64(l2, h1, c)
		l3, c = bits.Add64(l3, h2, c)
		high, _ = bits.Add64(h3, 0, c)
		z[i], c = bits.Add64(z[i], l0, 0)
		z[i+1], c = bits.Add64(z[i+1], l1, c)
		z[i+2], c = bits.Add64(z[i+2], l2, c)
		z[i+3], c = bits.Add64(z[i+3], l3, c)
		high, _ = bits.Add64(high, 0, c)
	}
	return high
}

// square sets z to x·x/2^3072, in three quarters of the time of mul.
func (z *element) square(x *element) {
	var t [2 * words]uint64
	// The products of words of different groups of four, once,
	for i := range words {
		t[words+i] = addMulFrom(i/4*4+4, &t, x, i)
	}
	// then twice, with the squares of the groups.
	var shifted, carry uint64
	for i := 0; i < words; i += 4 {
		group, sum := square4((*[4]uint64)(x[i:])), (*[8]uint64)(t[2*i:])
		for j, w := range sum {
			sum[j], carry = bits.Add64(w<<1|shifted, group[j], carry)
			shifted = w >> 63
		}
	}
	carry = 0
	for i := range words {
		row := (*element)(t[i:])
		high := addMul(row, modulus, row[0])
		t[words+i], carry = bits.Add64(t[words+i], high, carry)
	}
	*z = element(t[words:])
	z.reduce(carry)
}

// addMulFrom adds x[i] times the words of x from first on to t, and returns
// the word that overflows.
func addMulFrom(first int, t *[2 * words]uint64, x *element, i int) (high uint64) {
	y := x[i]
	for j := first; j < words; j += 4 {
		x, z := (*[4]uint64)(x[j:]), (*[4]uint64)(t[i+j:])
		h0, l0 := bits.Mul64(x[0], y)
		h1, l1 := bits.Mul64(x[1], y)
		h2, l2 := bits.Mul64(x[2], y)
		h3, l3 := bits.Mul64(x[3], y)
		var c uint64
		l0, c = bits.Add64(l0, high, 0)
		l1, c = bits.Add64(l1, h0, c)
		l2, c = bits.Add64(l2, h1, c)
		l3, c = bits.Add64(l3, h2, c)
		high, _ = bits.Add64(h3, 0, c)
		z[0], c = bits.Add64(z[0], l0, 0)
		z[1], c = bits.Add64(z[1], l1, c)
		z[2], c = bits.Add64(z[2], l2, c)
		z[3], c = bits.Add64(z[3], l3, c)
		high, _ = bits.Add64(high, 0, c)
	}
	return high
}

// square4 returns the square of a number of four words.
func square4(x *[4]uint64) (z [8]uint64) {
	for i, y := range x {
		var high uint64
		for j, w := range x {
			h, l := bits.Mul64(w, y)
			var c uint64
			l, c = bits.Add64(l, high, 0)
			h, _ = bits.Add64(h, 0, c)
			z[i+j], c = bits.Add64(z[i+j], l, 0)
			high, _ = bits.Add64(h, 0, c)
		}
		z[i+4] = high
	}
	return z
}

var (
	// one is 1, whose product with a number takes that out of Montgomery form.
	one = &element{1}
	// montOne and montR2 are 2^3072 and 2^6144 modulo N: 1 in Montgomery form,
	// and the factor that puts a number into it.
	montOne, montR2 = montgomeryConstants()
)

func montgomeryConstants() (r, r2 *element) {
	// 2^3072 - N, which is less than N.
	r = new(element)
	for i := range r {
		r[i] = ^modulus[i]
	}
	r[0]++ // does not carry: N's lowest word is 2^64-1
	sum := *r
	for range 64 * words {
		sum.add(&sum, &sum)
	}
	return r, &sum
}

func (e *element) toMontgomery() *element {
	var z element
	z.mul(e, montR2)
	return &z
}

func (e *element) fromMontgomery() *element {
	var z element
	z.mul(e, one)
	return &z
}

func (e *element) isZero() bool {
	var any uint64
	for _, w := range e {
		any |= w
	}
	return any == 0
}

// window is a table of the powers 0 to 15 of a number in Montgomery form.
type window [16]element

func newWindow(base *element) *window {
	w := &window{*montOne, *base}
	for i := 2; i < len(w); i++ {
		w[i].mul(&w[i-1], base)
	}
	return w
}

// pick returns the power without telling the memory's observers which.
func (w *window) pick(power byte) (e element) {
	for i := range w {
		// All ones when i equals power, else zero.
		mask := -((uint64(uint8(i)^power) - 1) >> 63)
		for j := range e {
			e[j] |= w[i][j] & mask
		}
	}
	return e
}

// exp returns base to the power of exponent, which is most significant byte
// first; base and result are in Montgomery form. The time depends on the
// length of exponent only.
func exp(base *element, exponent []byte) *element {
	w, z := newWindow(base), *montOne
	for _, b := range exponent {
		for _, digit := range [2]byte{b >> 4, b & 15} {
			for range 4 {
				z.square(&z)
			}
			p := w.pick(digit)
			z.mul(&z, &p)
		}
	}
	return &z
}

// exponentSize is the length of exponents of g: the output of SHA-256.
const exponentSize = 32

// generatorTable holds for each of the digits to base 16 of an exponent, the
// lowest first, the powers of g that the digit can stand for.
var generatorTable = sync.OnceValue(func() *[2 * exponentSize]window {
	table := new([2 * exponentSize]window)
	base := (&element{2}).toMontgomery()
	for i := range table {
		w := newWindow(base)
		table[i] = *w
		base.mul(&w[15], base)
	}
	return table
})

// expG returns g to the power of exponent in Montgomery form.
func expG(exponent *[exponentSize]byte) *element {
	table, z := generatorTable(), *montOne
	for i, b := range exponent {
		at := 2 * (exponentSize - 1 - i)
		low, high := table[at].pick(b&15), table[at+1].pick(b>>4)
		z.mul(&z, &low)
		z.mul(&z, &high)
	}
	return &z
}
