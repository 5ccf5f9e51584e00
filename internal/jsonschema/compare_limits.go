package jsonschema

import (
	"math/big"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// bound is a limit of numbers, or none if its value is nil.
type bound struct {
	value *big.Rat
	open  bool // whether the value itself is excluded
}

// bounds returns the limits of the numbers in the set.
func (s set) bounds() (low, high bound) {
	for _, part := range s.parts {
		low = low.tighter(bound{part.Minimum, false}, 1)
		low = low.tighter(bound{part.ExclusiveMinimum, true}, 1)
		high = high.tighter(bound{part.Maximum, false}, -1)
		high = high.tighter(bound{part.ExclusiveMaximum, true}, -1)
	}
	if s.kinds&fractions == 0 {
		low, high = low.toInteger(1), high.toInteger(-1)
	}
	return low, high
}

// tighter returns the one of two bounds that allows less. sign is 1 for lower bounds, -1 for upper.
func (b bound) tighter(other bound, sign int) bound {
	if other.value == nil {
		return b
	}
	if b.value == nil {
		return other
	}
	if order := sign * other.value.Cmp(b.value); order > 0 || order == 0 && other.open {
		return other
	}
	return b
}

// implies reports whether numbers within b are within another bound on the same side.
func (b bound) implies(other bound, sign int) bool {
	if other.value == nil {
		return true
	}
	if b.value == nil {
		return false
	}
	order := sign * b.value.Cmp(other.value)
	return order > 0 || order == 0 && (b.open || !other.open)
}

// toInteger returns the bound that allows the same integers, and is one.
func (b bound) toInteger(sign int) bound {
	if b.value == nil {
		return b
	}
	if b.value.IsInt() {
		if b.open {
			return bound{new(big.Rat).Add(b.value, big.NewRat(int64(sign), 1)), false}
		}
		return b
	}
	floor := new(big.Int).Div(b.value.Num(), b.value.Denom()) // Euclidean, and the denominator is positive
	if sign > 0 {
		floor.Add(floor, big.NewInt(1))
	}
	return bound{new(big.Rat).SetInt(floor), false}
}

// limits returns the largest of the lower and the smallest of the upper limits, -1 for none.
func (s set) limits(of func(*jsonschema.Schema) (least, most *int)) (least, most int) {
	most = -1
	for _, part := range s.parts {
		low, high := of(part)
		if low != nil {
			least = max(least, *low)
		}
		if high != nil && (most < 0 || *high < most) {
			most = *high
		}
	}
	return least, most
}

// lengths returns the limits of the lengths of texts.
func (s set) lengths() (least, most int) {
	return s.limits(func(p *jsonschema.Schema) (*int, *int) { return p.MinLength, p.MaxLength })
}

// counts returns the limits of the lengths of lists.
func (s set) counts() (least, most int) {
	return s.limits(func(p *jsonschema.Schema) (*int, *int) {
		high := p.MaxItems
		prefix, rest := itemsOf(p)
		if rest != nil && rest.Bool != nil && !*rest.Bool && (high == nil || len(prefix) < *high) {
			n := len(prefix)
			high = &n
		}
		return p.MinItems, high
	})
}

// sizes returns the limits of the numbers of properties.
func (s set) sizes() (least, most int) {
	least, most = s.limits(func(p *jsonschema.Schema) (*int, *int) {
		high := p.MaxProperties
		if p.AdditionalProperties == false && len(p.PatternProperties) == 0 && (high == nil || len(p.Properties) < *high) {
			n := len(p.Properties)
			high = &n
		}
		return p.MinProperties, high
	})
	return max(least, len(s.required())), most
}
