/* global window, jasmineRequire */
/**
 * Runs in the page, after jasmine-core: runs one of Converse's spec files, with the plugin in each of its
 * `converse.initialize` or without. It changes nothing else.
 */
(() => {
  const PLUGIN = "converse-muc-push";

  const jasmine = jasmineRequire.core(jasmineRequire);
  const env = jasmine.getEnv();
  Object.assign(window, { jasmine }, jasmineRequire.interface(jasmine, env));

  /** Converse starts only those plugins of others that it is told of; the specs do not know ours. */
  function letIn(converse) {
    const { initialize } = converse;
    let inner;
    converse.initialize = async (settings) => {
      // All tests of a file share it.
      if (inner) delete inner.api.mucPush;
      const others = settings.whitelisted_plugins ?? [];
      inner = await initialize.call(converse, {
        ...settings,
        whitelisted_plugins: [...others, PLUGIN],
      });
      if (!inner.api.mucPush) throw new Error(`${PLUGIN} was not started`);
      return inner;
    };
  }

  const messagesOf = (expectations) =>
    expectations.map(({ message }) => message);

  /**
   * Jasmine reports an error that nobody caught with the suite that runs when it hears of it. Mostly a failed test
   * left it behind: then it is the last failed test's, else it is a failure of its own.
   */
  function noteOutside(results, suite, expectations) {
    if (expectations.length === 0) return;
    const messages = messagesOf(expectations);
    const failed = results.findLast(({ status }) => status === "failed");
    if (failed) failed.messages.push(...messages);
    else {
      const name = `${suite} (outside of its tests)`.trim();
      results.push({ name, status: "failed", messages, ms: 0 });
    }
  }

  function collectResults() {
    const results = [];
    return new Promise((resolve) => {
      env.addReporter({
        specDone({ fullName, status, failedExpectations, duration }) {
          const messages = messagesOf(failedExpectations);
          results.push({ name: fullName, status, messages, ms: duration });
        },
        suiteDone: ({ fullName, failedExpectations }) =>
          noteOutside(results, fullName, failedExpectations),
        jasmineDone({ failedExpectations }) {
          noteOutside(results, "", failedExpectations);
          resolve(results);
        },
      });
    });
  }

  /**
   * @param {{spec: string, bundle: string, withPlugin: boolean, only: string[] | null}} what
   *   addresses of a spec file and of the build it imports, and the full names of the tests to run
   */
  window.runConverseTests = async ({ spec, bundle, withPlugin, only }) => {
    const { default: converse } = await import(bundle);
    if (withPlugin) {
      const { register } = await import(`/plugin/${PLUGIN}.esm.js`);
      register(converse);
      letIn(converse);
    }
    await import(spec);
    env.configure({
      random: false,
      specFilter: (test) => only === null || only.includes(test.getFullName()),
    });
    const results = collectResults();
    await env.execute();
    return results;
  };
})();
