package server

import "net/http"

// serveImport takes the CSV files of user import jobs and answers with their
// logs. In development programs on this machine read logs without a token.
func (s *Server) serveImport(w http.ResponseWriter, r *http.Request) {
	origin := r.Header.Get("Origin")
	here := s.ourHost(r.Host) && (origin == "" || loopbackOrigin(origin))
	s.services.userPools.ServeImport(w, r, s.development && here)
}
