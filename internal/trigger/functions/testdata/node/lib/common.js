exports.handler = async (event) => ({ ...event, common: true });
