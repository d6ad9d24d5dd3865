package srp

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

var bigN = new(big.Int).SetBytes(modulus.bytes())

func (e *element) big() *big.Int { return new(big.Int).SetBytes(e.bytes()) }

func fromBig(x *big.Int) *element { return newElement(x.FillBytes(make([]byte, Size))) }

// numbers draws numbers below 2^3072 whose words are often all zeros or all
// ones, where carries run far.
func numbers() *rapid.Generator[*big.Int] {
	word := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, ^uint64(0), ^uint64(1)}))
	return rapid.Custom(func(t *rapid.T) *big.Int {
		if rapid.IntRange(0, 3).Draw(t, "near") == 0 {
			return new(big.Int).Sub(bigN, big.NewInt(rapid.Int64Range(-3, 3).Draw(t, "offset")))
		}
		var e element
		for i := range e {
			e[i] = word.Draw(t, "word")
		}
		return e.big()
	})
}

// The prime is that of RFC 3526, by its formula:
// 2^3072 - 2^3008 - 1 + 2^64·(⌊2^2942·π⌋ + 1690314), with (N-1)/2 prime too.
func TestModulus(t *testing.T) {
	t.Parallel()
	half := new(big.Int).Rsh(bigN, 1)
	if bigN.BitLen() != 3072 || !bigN.ProbablyPrime(1) || !half.ProbablyPrime(1) {
		t.Error("not a safe prime of 3072 bits")
	}
	top, low := new(big.Int).Rsh(bigN, 3008), modulus[0]
	if top.Uint64() != ^uint64(0) || low != ^uint64(0) {
		t.Error("the outer words are not all ones")
	}
	// The first digits of π, after the 64 ones: π·2^62 = C90FDAA22168C234…
	if modulus[words-2] != 0xC90FDAA22168C234 {
		t.Errorf("%x", modulus[words-2])
	}
}

func TestArithmetic(t *testing.T) {
	t.Parallel()
	mod := func(x *big.Int) *big.Int { return x.Mod(x, bigN) }
	rapid.Check(t, func(t *rapid.T) {
		x, y := numbers().Draw(t, "x"), numbers().Draw(t, "y")
		a, b := fromBig(x), fromBig(y)
		var z element
		check := func(name string, got *element, want *big.Int) {
			if got.big().Cmp(want) != 0 {
				t.Fatalf("%s of %x and %x: %x, want %x", name, x, y, got.big(), want)
			}
		}
		check("reduction", a, mod(new(big.Int).Set(x)))
		z.add(a, b)
		check("sum", &z, mod(new(big.Int).Add(x, y)))
		z.sub(a, b)
		check("difference", &z, mod(new(big.Int).Sub(x, y)))
		z.mul(a.toMontgomery(), b)
		check("product", &z, mod(new(big.Int).Mul(x, y)))
		check("form", a.toMontgomery().fromMontgomery(), mod(new(big.Int).Set(x)))
		if got, want := a.isZero(), mod(new(big.Int).Set(x)).Sign() == 0; got != want {
			t.Fatalf("isZero of %x: %v", x, got)
		}
		// Results may overwrite their operands.
		z = *a
		z.mul(&z, &z)
		var apart element
		apart.mul(a, a)
		if z != apart {
			t.Fatalf("the square of %x in place differs", x)
		}
		z = *a
		z.square(&z)
		if z != apart {
			t.Fatalf("the square of %x is %x, want %x", x, z.big(), apart.big())
		}
	})
}

func TestPowers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base := numbers().Draw(t, "base")
		e := rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte{0, 255})), 0, 40).Draw(t, "exponent")
		want := new(big.Int).Exp(base, new(big.Int).SetBytes(e), bigN)
		if got := exp(fromBig(base).toMontgomery(), e).fromMontgomery().big(); got.Cmp(want) != 0 {
			t.Fatalf("%x^%x: %x, want %x", base, e, got, want)
		}
		var full [exponentSize]byte
		copy(full[:], e)
		want.Exp(big.NewInt(2), new(big.Int).SetBytes(full[:]), bigN)
		if got := expG(&full).fromMontgomery().big(); got.Cmp(want) != 0 {
			t.Fatalf("2^%x: %x, want %x", full, got, want)
		}
	})
}

func TestWindow(t *testing.T) {
	t.Parallel()
	w := newWindow((&element{3}).toMontgomery())
	for i := range byte(16) {
		got := w.pick(i)
		want := new(big.Int).Exp(big.NewInt(3), big.NewInt(int64(i)), nil)
		if got.fromMontgomery().big().Cmp(want) != 0 {
			t.Errorf("3^%d is %x", i, got.fromMontgomery().big())
		}
	}
}

func benchmarkNumbers(b *testing.B) (base *big.Int, exponent []byte) {
	b.Helper()
	return new(big.Int).SetBytes(random.Bytes(Size - 1)), random.Bytes(exponentSize)
}

// BenchmarkBigExp is the yardstick: one power with an exponent of 256 bits in
// math/big, which does not run in constant time.
func BenchmarkBigExp(b *testing.B) {
	base, exponent := benchmarkNumbers(b)
	e, z := new(big.Int).SetBytes(exponent), new(big.Int)
	for b.Loop() {
		z.Exp(base, e, bigN)
	}
}

func BenchmarkExp(b *testing.B) {
	base, exponent := benchmarkNumbers(b)
	x := fromBig(base)
	for b.Loop() {
		exp(x, exponent)
	}
}

func BenchmarkMul(b *testing.B) {
	base, _ := benchmarkNumbers(b)
	x := fromBig(base)
	for b.Loop() {
		x.mul(x, x)
	}
}

func BenchmarkSquare(b *testing.B) {
	base, _ := benchmarkNumbers(b)
	x := fromBig(base)
	for b.Loop() {
		x.square(x)
	}
}
