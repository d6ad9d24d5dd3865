package awswire

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

// EncodeXML returns the answer of a Query service to an operation. The Result
// element stands in it exactly if the service's model declares an output; out
// is then a pointer to a struct. Members without a value are left out, empty
// lists are empty elements, times are ISO 8601 in whole seconds of UTC, blobs
// are base64, policy documents percent-encoded as the package says.
func EncodeXML(svc *Service, operation, requestID string, out any) ([]byte, error) {
	return AppendXML(nil, svc, operation, requestID, out)
}

// AppendXML appends to dst what EncodeXML returns.
func AppendXML(dst []byte, svc *Service, operation, requestID string, out any) ([]byte, error) {
	dst = append(dst, '<')
	dst = append(dst, operation...)
	dst = append(dst, `Response xmlns="`...)
	dst = append(dst, svc.Namespace...)
	dst = append(dst, "\">\n"...)
	if op, ok := Lookup(svc, operation); ok && op.hasResult {
		var err error
		v := reflect.ValueOf(out)
		if !v.IsValid() || v.IsNil() {
			return dst, fmt.Errorf("awswire: %s has no output", operation)
		}
		dst = append(append(append(dst, '<'), operation...), "Result>"...)
		if dst, err = appendXMLMembers(dst, planOf(v.Type().Elem()), v.Elem()); err != nil {
			return dst, err
		}
		dst = append(append(append(dst, "</"...), operation...), "Result>\n"...)
	}
	dst = append(dst, "<ResponseMetadata><RequestId>"...)
	dst = appendXMLText(dst, requestID)
	dst = append(dst, "</RequestId></ResponseMetadata>\n</"...)
	dst = append(dst, operation...)
	return append(dst, "Response>\n"...), nil
}

// EncodeQueryJSON returns the answer of a Query service to a caller that
// accepts application/json: {"XResponse": {"XResult": ..., "ResponseMetadata":
// {"RequestId": ...}}}, with members as EncodeJSON writes them,
// but for policy documents, which are percent-encoded as in XML.
func EncodeQueryJSON(svc *Service, operation, requestID string, out any) ([]byte, error) {
	return AppendQueryJSON(nil, svc, operation, requestID, out)
}

// queryJSON writes the members of Query answers as JSON.
var queryJSON = jsonEncoder{documents: true}

// AppendQueryJSON appends to dst what EncodeQueryJSON returns.
func AppendQueryJSON(dst []byte, svc *Service, operation, requestID string, out any) ([]byte, error) {
	dst = append(append(append(dst, `{"`...), operation...), `Response":{`...)
	if op, ok := Lookup(svc, operation); ok && op.hasResult {
		var err error
		dst = append(append(append(dst, '"'), operation...), `Result":`...)
		if dst, err = queryJSON.output(dst, out); err != nil {
			return dst, err
		}
		dst = append(dst, ',')
	}
	dst = append(dst, `"ResponseMetadata":{"RequestId":`...)
	dst = appendJSONString(dst, requestID)
	return append(dst, "}}}"...), nil
}

func appendXMLMembers(dst []byte, p *plan, v reflect.Value) ([]byte, error) {
	var err error
	for i := range p.fields {
		f := &p.fields[i]
		m := f.in(v)
		if f.plan.absent(m) {
			continue
		}
		if f.urlEncoded {
			dst = appendTag(dst, f.name)
			dst = appendPercentEncoded(dst, m.Elem().String())
			dst = appendEndTag(dst, f.name)
		} else if dst, err = appendXMLElement(dst, f.name, f.plan, m); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func appendTag(dst []byte, name string) []byte {
	return append(append(append(dst, '<'), name...), '>')
}

func appendEndTag(dst []byte, name string) []byte {
	return append(append(append(dst, "</"...), name...), '>')
}

func appendXMLElement(dst []byte, name string, p *plan, v reflect.Value) ([]byte, error) {
	dst, err := appendXMLValue(appendTag(dst, name), p, v)
	return appendEndTag(dst, name), err
}

func appendXMLValue(dst []byte, p *plan, v reflect.Value) ([]byte, error) {
	switch p.kind {
	case kindString:
		return appendXMLText(dst, v.String()), nil
	case kindBool:
		return strconv.AppendBool(dst, v.Bool()), nil
	case kindInt:
		return strconv.AppendInt(dst, v.Int(), 10), nil
	case kindTime:
		return v.Interface().(time.Time).UTC().AppendFormat(dst, "2006-01-02T15:04:05Z"), nil
	case kindBlob:
		return base64.StdEncoding.AppendEncode(dst, v.Bytes()), nil
	case kindPointer:
		return appendXMLValue(dst, p.elem, v.Elem())
	case kindList:
		return appendXMLList(dst, p, v)
	case kindMap:
		return appendXMLMap(dst, p, v)
	case kindStruct:
		return appendXMLMembers(dst, p, v)
	}
	return dst, fmt.Errorf("awswire: %s has no XML form", p.typ)
}

func appendXMLList(dst []byte, p *plan, v reflect.Value) ([]byte, error) {
	var err error
	for i := range v.Len() {
		if dst, err = appendXMLElement(dst, "member", p.elem, v.Index(i)); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func appendXMLMap(dst []byte, p *plan, v reflect.Value) ([]byte, error) {
	var err error
	for _, key := range sortedMapKeys(v) {
		dst = append(dst, "<entry><key>"...)
		dst = append(appendXMLText(dst, key), "</key>"...)
		if dst, err = appendXMLElement(dst, "value", p.elem, mapValue(v, key)); err != nil {
			return dst, err
		}
		dst = append(dst, "</entry>"...)
	}
	return dst, nil
}

// appendXMLText writes text with XML's own characters escaped. What XML 1.0
// cannot hold becomes U+FFFD.
func appendXMLText(dst []byte, s string) []byte {
	last := 0
	for i, width := 0, 0; i < len(s); i += width {
		var r rune
		r, width = rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, width = utf8.DecodeRuneInString(s[i:])
		}
		esc := xmlEscape(r, width)
		if esc == "" {
			continue
		}
		dst = append(append(dst, s[last:i]...), esc...)
		last = i + width
	}
	return append(dst, s[last:]...)
}

// xmlEscape returns what stands for a character, or nothing if it stands for
// itself.
func xmlEscape(r rune, width int) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '"':
		return "&quot;"
	case '\r':
		return "&#xD;"
	case '\t', '\n':
		return ""
	case 0xFFFE, 0xFFFF:
		return "\uFFFD"
	case utf8.RuneError:
		if width == 1 {
			return "\uFFFD"
		}
	}
	if r < ' ' {
		return "\uFFFD"
	}
	return ""
}
