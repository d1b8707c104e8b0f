"""A simulated Azure behind real Terraform: rehearse a deployment without an account."""
