exports.helper = (event) => ({ ...event, helped: true });
