package awswire

// shape holds the constraints of one shape of a service's model.
type shape struct {
	hasMin, hasMax bool
	min, max       int64
	pattern        string
	enum           []string
	sensitive      bool
	members        []member
	// elem, key and value are the shapes of a list's elements and a map's keys
	// and values; 0 constrains nothing.
	elem, key, value uint16
}

// member is a constrained member of a structure.
type member struct {
	name     string
	shape    uint16
	required bool
}
