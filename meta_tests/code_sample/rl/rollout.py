"""Collects episodes with a policy; knows of the bridge only through it."""

import numpy as np

from .policy import act, make_policy


class Runner:
    def __init__(self, env, seed=0):
        self.env = env
        self.module = env.spec.module
        self.rngs = np.random.default_rng(seed)
        self.policy = make_policy(env.actions, env.reset())

    def episode(self, length=128):
        observation, steps = self.env.reset(), []
        for _ in range(length):
            action, log_prob, value = act(self.policy, observation, self.rngs.integers(1 << 31))
            observation, reward, done = self.env.step(action)
            steps.append((observation, action, log_prob, value, reward))
            if done:
                break
        return steps

    def describe(self):
        return f"{self.module} {self.rngs.bit_generator.state}"
