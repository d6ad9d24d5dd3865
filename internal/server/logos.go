package server

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// logoPattern is where SetUICustomization's logos are shown: the version and
// the name of the file make the address of every logo its own.
const logoPattern = "GET " + userpool.LogoPath + "{pool}/{client}/{version}/{file}"

// serveLogo shows the logo of hosted pages, which is public as they are.
func (s *Server) serveLogo(w http.ResponseWriter, r *http.Request) {
	content, mediaType, err := s.services.userPools.Logo(r.Context(), r.PathValue("pool"), r.PathValue("client"))
	if err != nil {
		writeJSON(w, http.StatusNotFound, badRequest)
		return
	}
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("X-Content-Type-Options", "nosniff")
	w.Write(content) //nolint:errcheck // nobody is left to tell
}

// domainHost is the host that custom domains are to be aliases of: the server's
// own, unless that is this machine's alone.
func (s *Server) domainHost() string {
	u, err := url.Parse(s.publicURL)
	if err != nil || loopbackHost(u.Hostname()) {
		return ""
	}
	return u.Hostname()
}
