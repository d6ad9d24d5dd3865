package awswire

import (
	"bytes"
	"encoding/base64"
	"math"
	"reflect"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	smithydocument "github.com/aws/smithy-go/document"
	"github.com/go-json-experiment/json/jsontext"
)

// maxDocumentDepth bounds the nesting of a document member.
const maxDocumentDepth = 64

// DecodeJSON fills in, a pointer to an Input struct, from a body of AWS JSON
// 1.1. Member names are case-sensitive, unknown members are ignored, nulls are
// absent, of a member given twice the last counts, and an empty body is {}.
// Times are numbers of seconds since the epoch, blobs base64.
//
// Everything that is not JSON or not of the member's type is an [*Error] with
// the code SerializationException and status 400, worded as AWS words it.
func DecodeJSON(body []byte, in any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	d := jsonDecoders.Get().(*jsonDecoder)
	defer func() {
		d.body = bytes.Buffer{}
		d.Reset(&d.body)
		jsonDecoders.Put(d)
	}()
	d.body = *bytes.NewBuffer(body)
	d.Reset(&d.body, jsontext.AllowDuplicateNames(true))
	v := reflect.ValueOf(in).Elem()
	if d.PeekKind() != '{' {
		return errNotJSON
	}
	if err := d.decode(planOf(v.Type()), v); err != nil {
		return err
	}
	if d.PeekKind() != 0 || d.InputOffset() != int64(len(bytes.TrimRight(body, " \t\r\n"))) {
		return errNotJSON
	}
	return nil
}

// jsonDecoder reads one body.
type jsonDecoder struct {
	jsontext.Decoder
	body bytes.Buffer
}

var jsonDecoders = sync.Pool{New: func() any { return new(jsonDecoder) }}

// The texts of AWS's front end for bodies that it cannot read. For what is no
// JSON at all it has none.
var (
	errNotJSON     = serialization("")
	errStructure   = serialization("Start of structure or map found where not expected.")
	errList        = serialization("Start of list found where not expected")
	errWantList    = serialization("Expected list or null")
	errWantMap     = serialization("Expected map or null")
	errWantStruct  = serialization("Expected null")
	errWantTime    = serialization("class java.lang.String can not be converted to milliseconds since epoch")
	errWantBase64  = serialization("Invalid base64 in a blob")
	errNullElement = serialization("Lists must not contain null")
	errTooDeep     = serialization("Document is nested too deeply")
)

func serialization(message string) *Error { return Errorf("SerializationException", "%s", message) }

// mismatch is the error of a value of the wrong type; want comes with its
// article.
func mismatch(got jsontext.Kind, want string) error {
	switch got {
	case '{':
		return errStructure
	case '[':
		return errList
	case '"':
		return serialization("STRING_VALUE can not be converted to " + want)
	case '0':
		return serialization("NUMBER_VALUE can not be converted to " + want)
	case 't':
		return serialization("TRUE_VALUE can not be converted to " + want)
	case 'f':
		return serialization("FALSE_VALUE can not be converted to " + want)
	}
	return errNotJSON
}

// unexpected is the error where a list, map or structure should stand: err if
// a simple value does.
func unexpected(got jsontext.Kind, err error) error {
	switch got {
	case '"', '0', 't', 'f', 'n':
		return err
	}
	return mismatch(got, "")
}

// expect tells whether the next value is of kind k, and its error otherwise.
func (d *jsonDecoder) expect(k jsontext.Kind, want string) error {
	if got := d.PeekKind(); got != k {
		return mismatch(got, want)
	}
	return nil
}

// decode reads the next value, which is not null, into v.
func (d *jsonDecoder) decode(p *plan, v reflect.Value) error {
	switch p.kind {
	case kindString:
		s, err := d.text("a String")
		v.SetString(s)
		return err
	case kindBool:
		return d.decodeBool(v)
	case kindInt:
		return d.decodeInt(p, v)
	case kindTime:
		return d.decodeTime(v)
	case kindBlob:
		return d.decodeBlob(v)
	case kindPointer:
		return d.decodePointer(p, v)
	case kindList:
		return d.decodeList(p, v)
	case kindMap:
		return d.decodeMap(p, v)
	case kindDocument:
		return d.decodeDocument(v)
	case kindStruct:
		return d.decodeStruct(p, v)
	}
	return errWantStruct // a union, which no JSON service has
}

// text reads a string.
func (d *jsonDecoder) text(want string) (string, error) {
	if err := d.expect('"', want); err != nil {
		return "", err
	}
	raw, err := d.ReadValue()
	if err != nil {
		return "", errNotJSON
	}
	return unquote(raw)
}

// unquote returns the string that a JSON string stands for.
func unquote(raw []byte) (string, error) {
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), nil
	}
	b, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return "", errNotJSON
	}
	return string(b), nil
}

func (d *jsonDecoder) decodeBool(v reflect.Value) error {
	k := d.PeekKind()
	if k != 't' && k != 'f' {
		return mismatch(k, "a Boolean")
	}
	if _, err := d.ReadToken(); err != nil {
		return errNotJSON
	}
	v.SetBool(k == 't')
	return nil
}

// decodeInt reads an integer; decimals are cut off.
func (d *jsonDecoder) decodeInt(p *plan, v reflect.Value) error {
	want := "an Integer"
	if p.typ.Kind() == reflect.Int64 {
		want = "a Long"
	}
	if err := d.expect('0', want); err != nil {
		return err
	}
	raw, err := d.ReadValue()
	if err != nil {
		return errNotJSON
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		f, err := strconv.ParseFloat(string(raw), 64)
		if err != nil || f < math.MinInt64 || f >= math.MaxInt64 {
			return mismatch('0', want)
		}
		n = int64(f)
	}
	if v.OverflowInt(n) {
		return mismatch('0', want)
	}
	v.SetInt(n)
	return nil
}

// number reads a number as a float.
func (d *jsonDecoder) number(want string) (float64, error) {
	if err := d.expect('0', want); err != nil {
		return 0, err
	}
	raw, err := d.ReadValue()
	if err != nil {
		return 0, errNotJSON
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return 0, mismatch('0', want)
	}
	return f, nil
}

// decodeTime reads seconds since the epoch, within the years that RFC 3339
// can write.
func (d *jsonDecoder) decodeTime(v reflect.Value) error {
	if d.PeekKind() == '"' {
		return errWantTime
	}
	seconds, err := d.number("a Timestamp")
	if err != nil {
		return err
	}
	const year0, year10000 = -62167219200, 253402300800
	if seconds < year0 || seconds >= year10000 {
		return mismatch('0', "a Timestamp")
	}
	v.Set(reflect.ValueOf(time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()))
	return nil
}

func (d *jsonDecoder) decodeBlob(v reflect.Value) error {
	s, err := d.text("a Blob")
	if err != nil {
		return err
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return errWantBase64
	}
	v.SetBytes(b)
	return nil
}

func (d *jsonDecoder) decodePointer(p *plan, v reflect.Value) error {
	if p.elem.kind == kindString && p.elem.typ.Kind() == reflect.String && p.typ == stringPointer {
		s, err := d.text("a String")
		*v.Addr().Interface().(**string) = &s
		return err
	}
	target := reflect.New(p.elem.typ)
	if err := d.decode(p.elem, target.Elem()); err != nil {
		return err
	}
	v.Set(target)
	return nil
}

var stringPointer = reflect.TypeFor[*string]()

func (d *jsonDecoder) decodeList(p *plan, v reflect.Value) error {
	if k := d.PeekKind(); k != '[' {
		return unexpected(k, errWantList)
	}
	if _, err := d.ReadToken(); err != nil {
		return errNotJSON
	}
	v.Set(reflect.MakeSlice(p.typ, 0, 2))
	for d.PeekKind() != ']' {
		if d.PeekKind() == 'n' {
			return errNullElement
		}
		n := v.Len()
		if n == v.Cap() {
			v.Grow(n)
		}
		v.SetLen(n + 1)
		if err := d.decode(p.elem, v.Index(n)); err != nil {
			return err
		}
	}
	return d.end()
}

// end reads the end of a list or object.
func (d *jsonDecoder) end() error {
	if _, err := d.ReadToken(); err != nil {
		return errNotJSON
	}
	return nil
}

// object reads an object and calls member for each name whose value is not
// null.
func (d *jsonDecoder) object(member func(name []byte) error) error {
	if _, err := d.ReadToken(); err != nil {
		return errNotJSON
	}
	for d.PeekKind() == '"' {
		raw, err := d.ReadValue()
		if err != nil {
			return errNotJSON
		}
		name := raw[1 : len(raw)-1]
		if bytes.IndexByte(name, '\\') >= 0 {
			if name, err = jsontext.AppendUnquote(nil, raw); err != nil {
				return errNotJSON
			}
		}
		if err := member(name); err != nil {
			return err
		}
	}
	if d.PeekKind() != '}' {
		return errNotJSON
	}
	return d.end()
}

// skip passes over the next value.
func (d *jsonDecoder) skip() error {
	if err := d.SkipValue(); err != nil {
		return errNotJSON
	}
	return nil
}

func (d *jsonDecoder) decodeStruct(p *plan, v reflect.Value) error {
	if k := d.PeekKind(); k != '{' {
		return unexpected(k, errWantStruct)
	}
	return d.object(func(name []byte) error {
		i, ok := p.names[string(name)]
		if !ok {
			return d.skip()
		}
		f := &p.fields[i]
		m := f.in(v)
		m.SetZero()
		if d.PeekKind() == 'n' {
			return d.skip()
		}
		return d.decode(f.plan, m)
	})
}

func (d *jsonDecoder) decodeMap(p *plan, v reflect.Value) error {
	if k := d.PeekKind(); k != '{' {
		return unexpected(k, errWantMap)
	}
	v.Set(reflect.MakeMap(p.typ))
	if m, ok := v.Interface().(map[string]string); ok {
		return d.object(func(name []byte) error {
			if d.PeekKind() == 'n' {
				return d.skip()
			}
			key := string(name)
			s, err := d.text("a String")
			m[key] = s
			return err
		})
	}
	return d.object(func(name []byte) error {
		if d.PeekKind() == 'n' {
			return d.skip()
		}
		key := reflect.ValueOf(string(name)).Convert(p.typ.Key())
		value := reflect.New(p.elem.typ).Elem()
		if err := d.decode(p.elem, value); err != nil {
			return err
		}
		v.SetMapIndex(key, value)
		return nil
	})
}

func (d *jsonDecoder) decodeDocument(v reflect.Value) error {
	value, err := d.document(maxDocumentDepth)
	if err != nil {
		return err
	}
	v.Set(reflect.ValueOf(document.NewLazyDocument(value)))
	return nil
}

// document reads any JSON value.
func (d *jsonDecoder) document(depth int) (any, error) {
	if depth == 0 {
		return nil, errTooDeep
	}
	switch k := d.PeekKind(); k {
	case '"':
		return d.text("")
	case '0':
		raw, err := d.ReadValue()
		if err != nil {
			return nil, errNotJSON
		}
		return smithydocument.Number(raw), nil
	case 't', 'f', 'n':
		if _, err := d.ReadToken(); err != nil {
			return nil, errNotJSON
		}
		if k == 'n' {
			return nil, nil
		}
		return k == 't', nil
	case '[':
		return d.documentList(depth)
	case '{':
		object := map[string]any{}
		return object, d.object(func(name []byte) (err error) {
			key := string(name)
			object[key], err = d.document(depth - 1)
			return err
		})
	}
	return nil, errNotJSON
}

func (d *jsonDecoder) documentList(depth int) (any, error) {
	if _, err := d.ReadToken(); err != nil {
		return nil, errNotJSON
	}
	list := []any{}
	for d.PeekKind() != ']' {
		item, err := d.document(depth - 1)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, d.end()
}
