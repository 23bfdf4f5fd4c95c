# frozen_string_literal: true

Rails.application.routes.draw do
  resources :documents do
    resources :shares, only: %i[index create destroy]
  end
end
