pytest_plugins = ["plie_deploy.testing"]
