package userpool

import (
	"regexp"
	"slices"
	"strings"
)

const (
	cssMalformed = "The CSS is not valid: %s"
	cssSelector  = "The CSS selector %s cannot be customized."
	cssProperty  = "%s is not a valid CSS property."
	cssValue     = "The CSS cannot contain %s."
)

// cssClasses are the classes of the hosted pages that can be customized
// (Developer Guide, "Specifying CSS customizations in classic branding").
var cssClasses = []string{
	"background-customizable", "banner-customizable", "errorMessage-customizable", "idpButton-customizable",
	"idpDescription-customizable", "inputField-customizable", "label-customizable", "legalText-customizable",
	"logo-customizable", "passwordCheck-notValid-customizable", "passwordCheck-valid-customizable", "redirect-customizable",
	"socialButton-customizable", "submitButton-customizable", "textDescription-customizable",
}

var (
	cssComment  = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssName     = regexp.MustCompile(`^-{0,2}[A-Za-z][A-Za-z0-9-]*$`)
	cssSelected = regexp.MustCompile(`^\.([A-Za-z-]+)(:hover|:focus)?$`)
)

// cssForbidden is what could make the pages run or load something: markup,
// rules that begin with @, scripts, and escapes that would hide them.
var cssForbidden = []string{"@import", "@supports", "@page", "@media", "@", "<", "\\", "javascript:", "expression(", "behavior:", "-moz-binding"}

// checkCSS checks a style sheet of the hosted pages: rules on the classes that
// can be customized, and in them nothing but properties.
func checkCSS(css string) error {
	css = cssComment.ReplaceAllString(css, " ")
	if strings.Contains(css, "/*") {
		return invalidParameter(cssMalformed, "a comment does not end")
	}
	lower := strings.ToLower(css)
	for _, word := range cssForbidden {
		if strings.Contains(lower, word) {
			return invalidParameter(cssValue, word)
		}
	}
	for css = strings.TrimSpace(css); css != ""; css = strings.TrimSpace(css) {
		selectors, rest, ok := strings.Cut(css, "{")
		if !ok {
			return invalidParameter(cssMalformed, "a rule has no block")
		}
		block, after, ok := strings.Cut(rest, "}")
		if !ok {
			return invalidParameter(cssMalformed, "a block does not end")
		}
		if err := checkRule(selectors, block); err != nil {
			return err
		}
		css = after
	}
	return nil
}

func checkRule(selectors, block string) error {
	for selector := range strings.SplitSeq(selectors, ",") {
		selector = strings.TrimSpace(selector)
		m := cssSelected.FindStringSubmatch(selector)
		if m == nil || !slices.Contains(cssClasses, m[1]) {
			return invalidParameter(cssSelector, selector)
		}
	}
	for declaration := range strings.SplitSeq(block, ";") {
		if declaration = strings.TrimSpace(declaration); declaration == "" {
			continue
		}
		property, value, ok := strings.Cut(declaration, ":")
		if property = strings.TrimSpace(property); !ok || !cssName.MatchString(property) || strings.TrimSpace(value) == "" {
			return invalidParameter(cssProperty, property)
		}
		if strings.Contains(value, "{") {
			return invalidParameter(cssMalformed, "a block does not end")
		}
	}
	return nil
}
