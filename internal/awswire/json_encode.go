package awswire

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/go-json-experiment/json/jsontext"
)

// EncodeJSON returns an output, a pointer to a struct, as AWS JSON 1.1 does:
// members without a value are left out, empty lists and maps are written, times
// are seconds since the epoch with milliseconds, blobs are base64. A nil out is
// {}. Policy documents stay plain. It fails only on a document that has no JSON
// form and on IAM's union, which no JSON service has.
func EncodeJSON(out any) ([]byte, error) { return AppendJSON(nil, out) }

// AppendJSON appends to dst what EncodeJSON returns.
func AppendJSON(dst []byte, out any) ([]byte, error) {
	return jsonEncoder{}.output(dst, out)
}

// jsonEncoder writes values; with documents it percent-encodes policy
// documents.
type jsonEncoder struct{ documents bool }

func (e jsonEncoder) output(dst []byte, out any) ([]byte, error) {
	v := reflect.ValueOf(out)
	if !v.IsValid() || v.IsNil() {
		return append(dst, "{}"...), nil
	}
	return e.append(dst, planOf(v.Type().Elem()), v.Elem())
}

func (e jsonEncoder) append(dst []byte, p *plan, v reflect.Value) ([]byte, error) {
	switch p.kind {
	case kindString:
		return appendJSONString(dst, v.String()), nil
	case kindBool:
		return strconv.AppendBool(dst, v.Bool()), nil
	case kindInt:
		return strconv.AppendInt(dst, v.Int(), 10), nil
	case kindTime:
		return appendEpoch(dst, v.Interface().(time.Time)), nil
	case kindBlob:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, v.Bytes())
		return append(dst, '"'), nil
	case kindPointer:
		if p.elem.kind == kindTime {
			return appendEpoch(dst, *v.Interface().(*time.Time)), nil
		}
		return e.append(dst, p.elem, v.Elem())
	case kindList:
		return e.list(dst, p, v)
	case kindMap:
		return e.mapping(dst, p, v)
	case kindDocument:
		text, err := v.Interface().(document.Interface).MarshalSmithyDocument()
		return append(dst, text...), err
	case kindStruct:
		return e.structure(dst, p, v)
	}
	return dst, fmt.Errorf("awswire: %s has no JSON form", p.typ)
}

func (e jsonEncoder) structure(dst []byte, p *plan, v reflect.Value) ([]byte, error) {
	var err error
	dst = append(dst, '{')
	first := true
	for i := range p.fields {
		f := &p.fields[i]
		m := f.in(v)
		if f.plan.absent(m) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, f.quoted...)
		if f.urlEncoded && e.documents {
			dst = append(dst, '"')
			dst = appendPercentEncoded(dst, m.Elem().String())
			dst = append(dst, '"')
		} else if dst, err = e.append(dst, f.plan, m); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (e jsonEncoder) list(dst []byte, p *plan, v reflect.Value) ([]byte, error) {
	var err error
	dst = append(dst, '[')
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = e.append(dst, p.elem, v.Index(i)); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// mapping writes a map sorted by key, so that equal answers are equal
// bytes.
func (e jsonEncoder) mapping(dst []byte, p *plan, v reflect.Value) ([]byte, error) {
	var err error
	dst = append(dst, '{')
	for i, key := range sortedMapKeys(v) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendJSONString(dst, key), ':')
		if dst, err = e.append(dst, p.elem, mapValue(v, key)); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// appendJSONString writes a string. Bytes that are not UTF-8 become U+FFFD.
func appendJSONString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

// appendEpoch writes a time as seconds since the epoch with as many decimals
// as its milliseconds need.
func appendEpoch(dst []byte, t time.Time) []byte {
	ms := t.UnixMilli()
	if ms < 0 {
		return strconv.AppendFloat(dst, float64(ms)/1000, 'f', -1, 64)
	}
	dst = strconv.AppendInt(dst, ms/1000, 10)
	if ms %= 1000; ms == 0 {
		return dst
	}
	dst = append(dst, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// sortedMapKeys returns a map's keys, which are strings, in order.
func sortedMapKeys(v reflect.Value) []string {
	keys := make([]string, 0, v.Len())
	if m, ok := v.Interface().(map[string]string); ok {
		for k := range m {
			keys = append(keys, k)
		}
	} else {
		for it := v.MapRange(); it.Next(); {
			keys = append(keys, it.Key().String())
		}
	}
	slices.Sort(keys)
	return keys
}

func mapValue(v reflect.Value, key string) reflect.Value {
	return v.MapIndex(reflect.ValueOf(key).Convert(v.Type().Key()))
}

// appendPercentEncoded writes s with every byte but RFC 3986's unreserved ones
// encoded.
func appendPercentEncoded(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~':
			dst = append(dst, c)
		default:
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}
