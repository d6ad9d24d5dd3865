package policy

import (
	"cmp"
	"strconv"
	"strings"
)

// number is an integer or decimal. Integers are kept apart so that large ones compare exactly.
type number struct {
	integer bool
	i       int64
	f       float64
}

func parseNumber(s string) (number, bool) {
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return number{}, false
	}
	// Asking first spares the error that ParseInt allocates.
	if !strings.ContainsAny(s, ".eE") {
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return number{integer: true, i: i, f: float64(i)}, true
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return number{f: f}, err == nil
}

func (n number) compare(m number) int {
	if n.integer && m.integer {
		return cmp.Compare(n.i, m.i)
	}
	return cmp.Compare(n.f, m.f)
}

// instant is a moment as seconds and nanoseconds since 1970. It reaches farther than time.Time's Unix nanoseconds:
// AWS accepts years such as -292275054.
type instant struct {
	seconds int64
	nanos   int64
}

func (d instant) compare(o instant) int {
	return cmp.Or(cmp.Compare(d.seconds, o.seconds), cmp.Compare(d.nanos, o.nanos))
}

// The years that AWS accepts in a date, those of a signed 64-bit count of milliseconds.
const (
	minYear = -292275054
	maxYear = 292278993
)

// parseDate reads epoch seconds, or a date in one of the W3C profiles of ISO 8601 as loosely as AWS does: "2026",
// with a "t" or "-" somewhere, is a date, digits alone are seconds; month, day, time and zone may be missing.
func parseDate(s string) (instant, bool) {
	if !strings.ContainsAny(s, "tT-") {
		n, ok := parseInt(s, 19)
		return instant{seconds: n}, ok && s != ""
	}
	t := strings.IndexAny(s, "tT")
	date, clock := s, ""
	if t >= 0 {
		date, clock = s[:t], s[t+1:]
	}
	days, ok := parseDay(date)
	if !ok {
		return instant{}, false
	}
	seconds, nanos, ok := parseClock(clock)
	return instant{seconds: days*86400 + seconds, nanos: nanos}, ok
}

// parseInt reads at most width decimal digits.
func parseInt(s string, width int) (int64, bool) {
	if s == "" || len(s) > width || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// parseDay reads [-]YYYY[-MM[-DD]] as days since 1970-01-01.
func parseDay(s string) (int64, bool) {
	s, negative := strings.CutPrefix(s, "-")
	yearText, rest, _ := strings.Cut(s, "-")
	year, ok := parseInt(yearText, 9)
	if negative {
		year = -year
	}
	if !ok || year < minYear || year > maxYear {
		return 0, false
	}
	month, day := int64(1), int64(1)
	if monthText, dayText, found := strings.Cut(rest, "-"); rest != "" {
		if month, ok = parseInt(monthText, 2); !ok || month < 1 || month > 12 {
			return 0, false
		}
		if found {
			if day, ok = parseInt(dayText, 2); !ok || day < 1 || day > 31 {
				return 0, false
			}
		}
	} else if strings.HasSuffix(s, "-") {
		return 0, false
	}
	return daysFromCivil(year, month, day), true
}

// daysFromCivil counts days in the proleptic Gregorian calendar; a year starts in March, so that the leap day is last.
func daysFromCivil(year, month, day int64) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	if year < 0 {
		era = (year - 399) / 400
	}
	yearOfEra := year - era*400
	dayOfYear := (153*(month-3)+2)/5 + day - 1
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719468
}

// parseClock reads hh[:mm[:ss[.fraction]]][zone].
func parseClock(s string) (seconds, nanos int64, ok bool) {
	s, offset, ok := cutZone(s)
	if !ok {
		return 0, 0, false
	}
	if s == "" {
		return -offset, 0, true
	}
	total, unit := int64(0), int64(3600)
	for i := range 3 {
		field, rest, found := strings.Cut(s, ":")
		if i == 2 {
			var fraction string
			var dotted bool
			if field, fraction, dotted = strings.Cut(field, "."); dotted {
				if nanos, ok = parseFraction(fraction); !ok {
					return 0, 0, false
				}
			}
		}
		n, valid := parseInt(field, 2)
		if !valid || n > 59 || i == 0 && n > 23 || found && i == 2 {
			return 0, 0, false
		}
		total += n * unit
		unit /= 60
		if s = rest; !found {
			break
		}
	}
	return total - offset, nanos, true
}

func parseFraction(s string) (int64, bool) {
	n, ok := parseInt(s, 9)
	for i := len(s); i < 9; i++ {
		n *= 10
	}
	return n, ok
}

// cutZone takes Z, +hh, +hh:mm or +hhmm (or with a minus) off the end and returns the offset in seconds.
func cutZone(s string) (rest string, offset int64, ok bool) {
	if n := len(s); n > 0 && (s[n-1] == 'Z' || s[n-1] == 'z') {
		return s[:n-1], 0, true
	}
	at := strings.IndexAny(s, "+-")
	if at < 0 {
		return s, 0, true
	}
	zone := s[at+1:]
	if len(zone) == 5 && zone[2] != ':' || len(zone) != 2 && len(zone) != 4 && len(zone) != 5 {
		return "", 0, false
	}
	hours, ok1 := parseInt(zone[:2], 2)
	minutes, ok2 := int64(0), true
	if len(zone) > 2 {
		minutes, ok2 = parseInt(zone[len(zone)-2:], 2)
	}
	offset = hours*3600 + minutes*60
	if s[at] == '-' {
		offset = -offset
	}
	return s[:at], offset, ok1 && ok2 && hours <= 23 && minutes <= 59
}
