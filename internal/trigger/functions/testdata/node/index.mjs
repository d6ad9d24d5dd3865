import { helper } from './lib/helper.cjs';

export const handler = async (event, context) => {
  switch (event.do) {
    case 'raise':
      throw new TypeError(event.value);
    case 'text':
      throw event.value;
    case 'nothing':
      return undefined;
    case 'hang':
      return new Promise(() => {});
    case 'sleep':
      await new Promise((done) => setTimeout(done, event.millis));
      break;
    case 'exit':
      process.exit(3);
      break;
    case 'stray':
      setTimeout(() => {
        throw new Error(event.value);
      }, 0);
      await new Promise((done) => setTimeout(done, 1000));
      break;
    case 'print':
      console.log(event.value);
      console.error(event.value.toUpperCase());
  }
  return helper({ ...event, left: context.getRemainingTimeInMillis() > 0, arn: context.invokedFunctionArn, name: context.functionName });
};

export const old = (event, context, callback) => {
  if (event.do === 'raise') callback(new Error(event.value));
  else if (event.do === 'never') return;
  else if (event.do === 'done') context.done(null, { done: true });
  else setTimeout(() => callback(null, helper(event)), 5);
};

export const nested = { deep: { handler: async () => 'deep' } };
export const number = 7;
