package awswire

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/google/go-cmp/cmp"
)

// nasty is text that needs care in JSON, XML and forms.
const nasty = "a \"q\" <&>'\n\t é 🏠 %3A+=/{}"

// fill gives v a random value of its type with every member set.
func fill(r *rand.Rand, p *plan, v reflect.Value) {
	switch p.kind {
	case kindString:
		v.SetString(fmt.Sprintf("%s%d", nasty, r.IntN(1000)))
	case kindBool:
		v.SetBool(r.IntN(2) == 1)
	case kindInt:
		v.SetInt(int64(r.Int32()) - 1<<30)
	case kindTime:
		v.Set(reflect.ValueOf(time.Unix(int64(r.Int32()), 0).UTC()))
	case kindBlob:
		v.SetBytes([]byte{0, 1, byte(r.IntN(256))})
	case kindPointer:
		target := reflect.New(p.elem.typ)
		fill(r, p.elem, target.Elem())
		v.Set(target)
	case kindList:
		v.Set(reflect.MakeSlice(p.typ, 2, 2))
		for i := range 2 {
			fill(r, p.elem, v.Index(i))
		}
	case kindMap:
		v.Set(reflect.MakeMap(p.typ))
		for i := range 2 {
			value := reflect.New(p.elem.typ).Elem()
			fill(r, p.elem, value)
			v.SetMapIndex(reflect.ValueOf(fmt.Sprint("k<&> ", i)).Convert(p.typ.Key()), value)
		}
	case kindDocument:
		v.Set(reflect.ValueOf(document.NewLazyDocument(map[string]any{"a": []any{"b", 1.5, true, nil}, "n": r.IntN(9)})))
	case kindUnion:
		f := &p.fields[r.IntN(len(p.fields))]
		variant := reflect.New(f.variant)
		fill(r, f.plan, variant.Elem().FieldByIndex(f.index))
		v.Set(variant)
	case kindStruct:
		for i := range p.fields {
			fill(r, p.fields[i].plan, p.fields[i].in(v))
		}
	}
}

// decodeDocuments undoes the percent-encoding of policy documents, as callers
// do.
func decodeDocuments(p *plan, v reflect.Value) {
	switch p.kind {
	case kindPointer:
		if !v.IsNil() {
			decodeDocuments(p.elem, v.Elem())
		}
	case kindList:
		for i := range v.Len() {
			decodeDocuments(p.elem, v.Index(i))
		}
	case kindStruct:
		for i := range p.fields {
			f := &p.fields[i]
			m := f.in(v)
			if f.urlEncoded && !m.IsNil() {
				text, err := url.PathUnescape(m.Elem().String())
				if err != nil {
					panic(err)
				}
				m.Elem().SetString(text)
			} else {
				decodeDocuments(f.plan, m)
			}
		}
	}
}

// sameOutput compares two structs of the SDK's: documents by their JSON, and
// nothing that is not on the wire.
var sameOutput = cmp.Options{
	cmp.Comparer(func(a, b document.Interface) bool {
		if a == nil || b == nil {
			return a == nil && b == nil
		}
		x, err1 := a.MarshalSmithyDocument()
		y, err2 := b.MarshalSmithyDocument()
		return err1 == nil && err2 == nil && slices.Equal(x, y)
	}),
	cmp.FilterPath(func(p cmp.Path) bool {
		last, ok := p.Last().(cmp.StructField)
		return ok && (last.Name() == "ResultMetadata" || last.Name() == "noSmithyDocumentSerde")
	}, cmp.Ignore()),
}

// newLike returns a pointer to an empty struct of the type that v points to.
func newLike(v any) any { return reflect.New(reflect.TypeOf(v).Elem()).Interface() }
